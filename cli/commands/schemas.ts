import type { Command } from 'commander';
import { subjectOfSchema } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { versionsOf } from '../../schemas/published.ts';
import { action } from '../action.ts';
import { openRegistry } from '../adapters/log.ts';

/** `epochlog schemas push`: nothing else registers a schema, services only look. */
export function register(program: Command): void {
  const schemas = program.command('schemas').description('the schemas of the events');
  const push = schemas
    .command('push')
    .description('register every published version, and the schemas as they stand, at the schema registry');
  action<object>(push, async (_, { config, output }) => {
    const known = await openRegistry(config, { register: false });
    const registry = await openRegistry(config, { register: true });
    const counts = { registered: 0, present: 0 };
    for (const stream of loadSchemas()) {
      for (const schema of versionsOf(stream)) {
        const [subject, text] = [subjectOfSchema(stream.name, schema), JSON.stringify(schema)];
        output.progress(subject);
        const isNew = !(await isKnown(known, subject, text));
        const id = await registry.idOf(subject, text);
        counts[isNew ? 'registered' : 'present'] += 1;
        output.result({ subject, id, new: isNew });
        if (isNew) output.line(`registered ${subject}, id ${id}`);
      }
    }
    output.line(`${counts.registered} schemas registered, ${counts.present} were there`);
  });
}

async function isKnown(registry: SchemaRegistry, subject: string, schema: string): Promise<boolean> {
  try {
    await registry.idOf(subject, schema);
    return true;
  } catch (error) {
    if (error instanceof EpochlogError && error.code === 'SCHEMA_UNKNOWN') return false;
    throw error;
  }
}
