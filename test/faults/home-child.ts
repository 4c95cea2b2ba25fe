import { once } from 'node:events';
import { lockHome, openHome } from '../../infra/home.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { report } from '../harness/child.ts';

/** Tries to lock a home and, if it can, keeps it until a line comes on its standard input; `node home-child.ts HOME`. */
export interface Attempt {
  locked: boolean;
  message?: string;
}

if (import.meta.main) {
  const [home = ''] = process.argv.slice(2);
  await openHome(home);
  report({});
  await once(process.stdin, 'data');
  try {
    const lock = await lockHome(home);
    report({ locked: true } satisfies Attempt);
    await once(process.stdin, 'data');
    await lock.release();
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.code !== 'HOME_LOCKED') throw error;
    report({ locked: false, message: error.message } satisfies Attempt);
  }
  process.stdin.destroy();
}
