import { expect, test } from 'vitest';
import { childEnvironment } from './child-environment.ts';

/** glibc's malloc gives back what is freed */
const MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '262144',
  MALLOC_TRIM_THRESHOLD_: '262144',
};

test('a child process gets what it needs of the machine, and no secret', () => {
  const needed = {
    PATH: '/bin',
    HOME: '/root',
    LC_ALL: 'C',
    LD_LIBRARY_PATH: '/lib',
    NODE_OPTIONS: '--no-warnings',
  };
  const secret = {
    EPOCHLOG_TOKEN: 'x',
    EPOCHLOG_KAFKA_PASSWORD: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    OTEL_EXPORTER_OTLP_HEADERS: 'x',
    NPM_TOKEN: 'x',
    MY_PATH: 'x',
  };
  const { NODE_COMPILE_CACHE: _, ...given } = childEnvironment({ MORE: 'y' }, { ...needed, ...secret });
  expect(given).toEqual({ ...needed, ...MALLOC, MORE: 'y' });
});
