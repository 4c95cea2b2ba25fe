/**
 * Publishes the schemas as they stand: each version that is new is added to its stream's published.json, with an
 * example as binary. Refuses all when one is not compatible with every version published before it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckedEvent, checkStream } from '../../schemas/check.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { publish, readPublished } from '../../schemas/published.ts';
import { loadUpcasts } from '../../schemas/upcasts.ts';

const root = join(import.meta.dirname, '../../schemas');
const upcasts = await loadUpcasts();
const streams = loadSchemas().map((stream) => ({
  ...stream,
  checked: checkStream(stream, undefined, upcasts),
}));

const isRefused = ({ verdict }: CheckedEvent) => verdict === 'incompatible';
const refused = streams.flatMap(({ checked }) => checked.filter(isRefused));
for (const { stream, event, faults } of refused) {
  for (const { why } of faults) process.stderr.write(`${stream}/${event}: ${why}\n`);
}
if (refused.length > 0) process.exit(1);

for (const { name: stream, events, checked } of streams) {
  const changed = checked.filter(({ verdict }) => verdict === 'new' || verdict === 'compatible');
  if (changed.length === 0) continue;
  const added = changed.map(({ event }) => publish(events.find(({ name }) => name === event)!));
  const published = [...readPublished(stream), ...added];
  writeFileSync(join(root, stream, 'published.json'), `${JSON.stringify(published, null, 1)}\n`);
  for (const { event, verdict } of changed)
    process.stdout.write(`published ${stream}/${event}: ${verdict}\n`);
}
