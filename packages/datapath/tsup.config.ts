import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  sourcemap: true,
  // one copy of each class in a format, whatever entry it is reached by
  splitting: true,
  clean: true,
  // import.meta.url in CommonJS too: the object lies beside
  shims: true,
})
