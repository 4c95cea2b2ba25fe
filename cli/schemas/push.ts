import type { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import { subjectOfSchema } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { EventSchema, StreamSchemas } from '../../kernel/schema.ts';
import { faultsBetween } from '../../schemas/compatibility.ts';
import { versionsOf } from '../../schemas/published.ts';

/** A version of a schema at the registry. */
export interface Pushed {
  subject: string;
  id: number;
  /** whether the registry lacked it before */
  new: boolean;
}

/**
 * Registers every published version of every schema, oldest first, then the current schemas. SCHEMA_INCOMPATIBLE when
 * the registry holds incompatible ones.
 */
export async function* pushSchemas(
  registry: ConfluentRegistry,
  streams: readonly StreamSchemas[],
): AsyncGenerator<Pushed> {
  for (const stream of streams) {
    for (const schema of versionsOf(stream)) {
      const [subject, text] = [subjectOfSchema(stream.name, schema), JSON.stringify(schema)];
      const known = await registry.find(subject, text);
      try {
        yield { subject, id: await registry.idOf(subject, text), new: known === undefined };
      } catch (error) {
        throw await explained(error, registry, subject, schema);
      }
    }
  }
}

/** An incompatibility explained by our own check: the messages of registries differ. */
async function explained(
  error: unknown,
  registry: ConfluentRegistry,
  subject: string,
  schema: EventSchema,
): Promise<unknown> {
  if (!(error instanceof EpochlogError) || error.code !== 'SCHEMA_INCOMPATIBLE') return error;
  const faults: string[] = [];
  for (const [version, text] of await registry.versions(subject)) {
    for (const why of faultsWith(text, schema))
      faults.push(`incompatible with its version ${version}: ${why}`);
  }
  if (faults.length === 0) return error;
  const message = `${subject} at ${registry.url}: ${faults.join('; ')}`;
  return new EpochlogError('SCHEMA_INCOMPATIBLE', message, { cause: error });
}

function faultsWith(text: string, schema: EventSchema): string[] {
  try {
    return faultsBetween(JSON.parse(text), schema);
  } catch {
    return []; // not Avro, or with references
  }
}
