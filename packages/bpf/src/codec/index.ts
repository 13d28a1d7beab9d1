export { type Codec, rawCodec } from './codec.js'
export * from './scalar.js'
