/**
 * Publishes the schemas as they stand: each version that is new is added to its stream's published.json, with an
 * example as binary. Refuses a version that is not compatible with all published before it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSchemas } from '../../schemas/load.ts';
import { publish, readPublished, sameVersion, whyUnreadable } from '../../schemas/published.ts';

const root = join(import.meta.dirname, '../../schemas');

for (const { name: stream, events } of loadSchemas()) {
  const published = readPublished(stream);
  for (const schema of events) {
    const before = published.filter((version) => version.schema.name === schema.name);
    if (before.some((version) => sameVersion(version.schema, schema))) continue;
    for (const version of before) {
      const why = whyUnreadable(version.schema, schema) ?? whyUnreadable(schema, version.schema);
      if (why === undefined) continue;
      process.stderr.write(`${stream}/${schema.name}.avsc breaks a published version: ${why}\n`);
      process.exit(1);
    }
    published.push(publish(schema));
  }
  writeFileSync(join(root, stream, 'published.json'), `${JSON.stringify(published, null, 1)}\n`);
}
