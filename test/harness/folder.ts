import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, which removes it at its end (`await using`, or `remove`). */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `epochlog-${name}-`));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 }); // a log that was killed may still write
  return { path, remove, [Symbol.asyncDispose]: remove };
}
