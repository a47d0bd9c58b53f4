import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/real/**/*.test.ts'],
    testTimeout: 120_000,
    // The first run compiles the server.
    hookTimeout: 1_200_000,
  },
})
