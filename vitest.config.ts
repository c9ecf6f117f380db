import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The addon's own clean-up is part of what is tested, so each file has a process of its own.
    // The suite passes with --pool=threads as well.
    pool: 'forks',
    // Most of them wait for the device or for other processes.
    maxWorkers: '100%',
    testTimeout: 30_000,
  },
})
