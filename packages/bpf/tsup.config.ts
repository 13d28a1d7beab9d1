import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/bpf2ts.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: { entry: ['src/index.ts'] },
  sourcemap: true,
  // one copy of each class in a format, whatever entry it is reached by
  splitting: true,
  clean: true,
})
