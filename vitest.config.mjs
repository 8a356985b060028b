import path from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Tests that drive one VS Code, one after the other.
 * @param {string} name also that of their folder
 */
const inVSCode = (name) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: 'test/support/globalServer.ts',
    fileParallelism: false,
    expect: { poll: { timeout: 20_000, interval: 100 } },
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        resolve: { alias: { sharp: path.resolve('src/model/runtime/noImages.ts') } },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}', 'test/panel/**/*.test.{ts,tsx}'],
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      inVSCode('e2e'),
      inVSCode('screenshots'),
      {
        test: {
          name: 'vsix',
          include: ['test/vsix/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
