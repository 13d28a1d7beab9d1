import { sys } from '../kernel/fixture.js'
import { kernelTest } from '../kernel/harness/index.js'
import { type Case, expectAll } from './life-cases.js'
import { Links, World } from './world.js'

/** A kernel test of a table, in a world of its own. */
export function tableTest(name: string, cases: () => readonly Case[], options: ConstructorParameters<typeof World>[2] = {}): void {
  kernelTest(`datapath special > ${name}`, { needs: [], timeoutMs: 30_000 }, async () => {
    using links = new Links(sys)
    using world = new World(sys, links, options)
    expectAll(world, cases())
  })
}
