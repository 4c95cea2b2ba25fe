import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all processes of a run one folder for what is temporary, and removes it at the end with what killed processes have left. */
export async function setup(): Promise<() => Promise<void>> {
  const root = await mkdtemp(join(tmpdir(), 'epochlog-'));
  process.env.TMPDIR = root;
  return () => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); // an engine may be ending
}
