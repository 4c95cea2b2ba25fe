import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { countReporter } from './test/harness/count-reporter.ts';
import { WholeHomesFirst } from './test/harness/sequencer.ts';

// Compiled modules of earlier processes, for all that tests start: with them a process starts in half of the time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.cache/compiled');

export default defineConfig({
  test: {
    reporters: ['default', countReporter],
    pool: 'forks', // chdb and onnxruntime-node crash in worker threads
    maxWorkers: availableParallelism() + 2, // most tests wait for processes of their own, or for a disk
    setupFiles: ['./test/setup.ts'],
    sequence: { sequencer: WholeHomesFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 60_000 } }, // what it waits for comes later on a busy machine
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          isolate: false, // files share their modules, whose loading took two thirds of the time
          include: ['**/*.test.ts'],
          exclude: ['**/*.{int,slow,cluster,python,browser}.test.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          isolate: false, // likewise; and commands share a process (test/harness/runner.ts)
          include: ['**/*.int.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/harness/temporary-root.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow', // likewise without a server; kills, rebuilds and clones that would keep `npm test` waiting
          isolate: false,
          include: ['**/*.slow.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/harness/temporary-root.ts',
          testTimeout: 600_000, // what hangs; whole homes that are killed again and again take long on a busy machine
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'python',
          include: ['**/*.python.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 600_000, // it may fetch packages
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: 'test/harness/chromium.ts',
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['**/*.cluster.test.ts'],
          exclude: ['**/*.alone.cluster.test.ts', '**/node_modules/**'],
          globalSetup: 'test/harness/kafka.ts',
          maxWorkers: 2, // most have a cluster of their own, and wait for it; others share one, with topics of their own
          execArgv: ['--disable-warning=TimeoutNegativeWarning'], // kafkajs is of the time before it
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster-alone', // a process for each service, or three brokers: each needs the whole machine, and no broker beside it
          include: ['**/*.alone.cluster.test.ts'],
          exclude: ['**/node_modules/**'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 }, // after the others
          execArgv: ['--disable-warning=TimeoutNegativeWarning'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
