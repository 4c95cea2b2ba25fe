import { getCompileCacheDir } from 'node:module';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a process needs of the machine: where programs and temporary files are, its language, how it is run. */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|TZ|LANG|LANGUAGE|LC_\w+|LD_\w+|DYLD_\w+|NODE_(OPTIONS|PATH|COMPILE_CACHE|DISABLE_COMPILE_CACHE|V8_COVERAGE)|UV_\w+|OMP_\w+|MALLOC_\w+)$/;

/**
 * The environment of a child process that reads no configuration: nothing of EPOCHLOG_…, AWS_… and whatever else may
 * hold a token or a password; the compiled code of this process, if it keeps any, and a malloc that gives back what is freed:
 * few arenas, and large blocks that are mapped alone. `more` is added.
 */
export const childEnvironment = (
  more: Readonly<Record<string, string>> = {},
  environment: Environment = process.env,
): Record<string, string | undefined> => ({
  NODE_COMPILE_CACHE: getCompileCacheDir(), // starts in two thirds of the time
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: `${1 << 18}`,
  MALLOC_TRIM_THRESHOLD_: `${1 << 18}`,
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => NEEDED.test(name))),
  ...more,
});
