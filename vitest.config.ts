import { defineConfig } from 'vitest/config'

/** Sources, not builds: each package's `@axoneme/source` condition. */
const source = { resolve: { conditions: ['@axoneme/source'] }, ssr: { resolve: { conditions: ['@axoneme/source'] } } }

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          setupFiles: ['test/property-seed.ts'],
          include: ['packages/*/src/**/*.test.ts', 'test/packet/**/*.test.ts'],
          isolate: false,
          testTimeout: 120_000,
        },
      },
      { ...source, test: { name: 'fuzz', include: ['test/fuzz/**/*.fuzz.ts'], testTimeout: 120_000 } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'consumer', include: ['test/consumer/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 } },
      {
        ...source,
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.kernel.test.ts'],
          // one process after the other: namespaces and descriptors are counted
          pool: 'forks',
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          // one process for all files: half of the time under emulation would go into importing the same modules again
          isolate: false,
        },
      },
    ],
  },
})
