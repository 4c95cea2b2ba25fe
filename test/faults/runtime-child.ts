import { once } from 'node:events';
import { report } from '../harness/child.ts';
import { inPages } from '../harness/collections.ts';
import { startServices } from '../harness/services.ts';

/**
 * `node runtime-child.ts HOME PAGES LAST`: a collector that makes so many pages of a collection, and that reports
 * and goes no further before page LAST.
 */
const [home = '', pages, last] = process.argv.slice(2);
const service = inPages(Number(pages), async (page) => {
  if (page < Number(last)) return;
  report({ page });
  await once(process.stdin, 'data');
});
await startServices([service], { home });
