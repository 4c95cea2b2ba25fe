import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** Where the code is that folds events into states, and what it calls; and that which writes them. */
const FOLDERS = ['kernel', 'schemas', 'services', 'tasks', 'ml', 'infra/states'];
const SOURCE = /(?<!\.test)\.(?:ts|yaml|avsc|json)$/;

/**
 * Names the code that folds states, 64 hexadecimal digits: other code may fold otherwise, so that a state is of use to
 * the code alone that saved it. No version must be counted by hand, and none can be forgotten.
 */
export function codeDigest(): string {
  const hash = createHash('sha256').update(process.versions.node);
  hash.update(readFileSync(join(ROOT, 'package.json')));
  for (const folder of FOLDERS) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => SOURCE.test(name)).sort()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.digest('hex');
}
