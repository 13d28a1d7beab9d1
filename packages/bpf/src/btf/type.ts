/** Source: linux/btf.h, Documentation/bpf/btf.rst. */
export const BTF_KIND = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  'func-proto': 13,
  var: 14,
  datasec: 15,
  float: 16,
  'decl-tag': 17,
  'type-tag': 18,
  enum64: 19,
} as const

export type BtfKind = keyof typeof BTF_KIND

/** A member of a struct or union; offset and width in bits, width 0 for one that is no bitfield. */
export interface BtfMember {
  readonly name: string
  readonly type: number
  readonly bitOffset: number
  readonly bitWidth: number
}

export interface BtfEnumerator {
  readonly name: string
  readonly value: bigint
}

export interface BtfParameter {
  readonly name: string
  readonly type: number
}

/** A variable in a section of data: where it lies, in bytes. */
export interface BtfSectionVariable {
  readonly type: number
  readonly offset: number
  readonly size: number
}

interface Named {
  readonly id: number
  readonly name: string
}

export interface BtfInt extends Named {
  readonly kind: 'int'
  readonly size: number
  readonly bits: number
  readonly bitOffset: number
  readonly signed: boolean
  readonly char: boolean
  readonly bool: boolean
}
/** what stands for another type: pointers to it, names for it, qualifiers of it */
export interface BtfReference extends Named {
  readonly kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type-tag'
  readonly type: number
}
export interface BtfArray extends Named {
  readonly kind: 'array'
  readonly type: number
  readonly indexType: number
  readonly length: number
}
export interface BtfComposite extends Named {
  readonly kind: 'struct' | 'union'
  readonly size: number
  readonly members: readonly BtfMember[]
}
export interface BtfEnum extends Named {
  readonly kind: 'enum' | 'enum64'
  readonly size: number
  readonly signed: boolean
  readonly values: readonly BtfEnumerator[]
}
export interface BtfForward extends Named {
  readonly kind: 'fwd'
  readonly union: boolean
}
export interface BtfFunc extends Named {
  readonly kind: 'func'
  readonly type: number
  /** 0 static, 1 global, 2 extern */
  readonly linkage: number
}
export interface BtfFuncProto extends Named {
  readonly kind: 'func-proto'
  readonly returns: number
  readonly parameters: readonly BtfParameter[]
}
export interface BtfVar extends Named {
  readonly kind: 'var'
  readonly type: number
  /** 0 static, 1 global, 2 extern */
  readonly linkage: number
}
export interface BtfDatasec extends Named {
  readonly kind: 'datasec'
  readonly size: number
  readonly variables: readonly BtfSectionVariable[]
}
export interface BtfFloat extends Named {
  readonly kind: 'float'
  readonly size: number
}
export interface BtfDeclTag extends Named {
  readonly kind: 'decl-tag'
  readonly type: number
  /** which member or parameter is meant; -1: the type itself */
  readonly component: number
}
/** Type 0. */
export interface BtfVoid extends Named {
  readonly kind: 'void'
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfReference
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag

/** Of a type by its kind. */
export type BtfTypeOf<K extends BtfType['kind']> = Extract<BtfType, { readonly kind: K }>
