import type { Btf } from '../btf/btf.js'
import { ObjectFault } from '../fault.js'
import type { MapSpec } from './map-spec.js'

/** A variable of global data, by its name in C. */
export interface VariableSpec {
  readonly name: string
  /** the map that carries its section */
  readonly map: string
  readonly offset: number
  readonly size: number
  /** a type of the object's BTF; 0: it has none */
  readonly type: number
  /** whether it can be changed only before the load */
  readonly constant: boolean
  /** the texts of its decl tags */
  readonly tags: readonly string[]
}

/**
 * The variables of the data maps. Where BTF does not say where one lies (clang leaves that to the linker), its symbol does.
 *
 * @throws ObjectFault
 */
export function readVariables(
  maps: readonly MapSpec[],
  btf: Btf | undefined,
  symbolOf: (map: string, variable: string) => { readonly value: number; readonly size: number } | undefined,
  tagsOf: (type: number) => readonly string[],
): VariableSpec[] {
  const variables: VariableSpec[] = []
  for (const map of maps) {
    if (map.data === undefined || map.valueType === 0 || btf === undefined) continue
    const datasec = btf.type(map.valueType)
    if (datasec.kind !== 'datasec') continue
    for (const { type, size } of datasec.variables) {
      const variable = btf.type(type)
      if (variable.kind !== 'var') throw new ObjectFault(`holds a ${variable.kind}`, map.name)
      // a static variable of a function has a symbol too, under its own name; anonymous ones have none
      const symbol = symbolOf(map.name, variable.name)
      if (symbol === undefined) continue
      const bytes = symbol.size === 0 ? size : symbol.size
      if (symbol.value + bytes > map.data.length) throw new ObjectFault('lies behind the end of its section', `variable ${variable.name}`)
      variables.push({
        name: variable.name,
        map: map.name,
        offset: symbol.value,
        size: bytes,
        type: variable.type,
        constant: map.frozen,
        tags: tagsOf(type),
      })
    }
  }
  return variables
}
