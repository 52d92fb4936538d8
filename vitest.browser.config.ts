import { defineConfig } from 'vitest/config';

// Apart from the other tests: these need Chromium, and take seconds rather than milliseconds.
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
