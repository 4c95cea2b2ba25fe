/** `npm run docs`: writes the pages of docs/reference/ from the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './pages.ts';

const root = join(import.meta.dirname, '../..');
mkdirSync(join(root, 'docs/reference'), { recursive: true });
for (const [path, text] of Object.entries(await referencePages())) writeFileSync(join(root, path), text);
