export { Collection, type LoadedProgram, type LoadOptions, loadCollection } from './collection.js'
export { type KernelSymbol, KernelTypes, kernelTypes } from './kernel-types.js'
export { renderVerifierLog } from './verifier-log.js'
