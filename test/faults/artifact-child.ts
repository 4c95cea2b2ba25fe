import { randomBytes } from 'node:crypto';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { report } from '../harness/child.ts';

/** Stores artifacts for ever and reports each, until it is killed or refused; `node artifact-child.ts FOLDER BYTES`. */
export interface Stored {
  digest?: string;
  code?: string;
  message?: string;
}

if (import.meta.main) {
  const [folder = '', bytes = ''] = process.argv.slice(2);
  const store = await openFolder(folder);
  try {
    for (;;) report({ digest: await store.put(randomBytes(Number(bytes))) } satisfies Stored);
  } catch (error) {
    if (!(error instanceof EpochlogError)) throw error;
    report({ code: error.code, message: error.message } satisfies Stored);
  }
}
