import { env } from 'node:process'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/order.ts'

/**
 * On a machine of CI, which others may slow down at any time, what fails is tried once more; the reporters say which.
 * Whoever works on the code sees a failure at once.
 */
const retry = env['CI'] === undefined ? 0 : 1

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,bench}/**/*.test.ts',
            'packages/*/src/**/*.test.ts',
            'test/{protocols,stand,fuzz,docs,kubernetes}/**/*.test.ts',
          ],
          restoreMocks: true,
          // On two cores vitest would take one; the longest files wait most of their time.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          retry,
          globalSetup: 'test/integration/setup.ts',
          // Half of the time a test waits for something; more at a time would only slow each other.
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          globalSetup: 'test/image/setup/setup.ts',
          // A sweep goes through dozens of starts and stops of containers.
          testTimeout: 2_400_000,
          hookTimeout: 300_000,
          retry,
          // Containers wait more than they work.
          maxWorkers: 3,
        },
      },
    ],
  },
})
