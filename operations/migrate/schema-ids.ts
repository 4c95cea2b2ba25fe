import type { Registered } from '../../infra/log/embedded/registry.ts';
import { subjectOfSchema } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import { originalTopicOf } from '../../kernel/topics.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { versionsOf } from '../../schemas/published.ts';
import type { SourceLog } from './source-log.ts';
import { schemaIdIn } from './translate.ts';

/** A schema that records of a topic use. */
export interface UsedSchema {
  topic: string;
  id: number;
  subject: string;
  schema: string;
}

/** The schemas that the records use. Ids that the source registry does not know are left out. */
export async function usedSchemas(source: SourceLog): Promise<UsedSchema[]> {
  const used = new Map<string, Set<number>>();
  for await (const { topic, value } of source.records()) {
    const id = schemaIdIn(value);
    if (id !== undefined) used.set(topic, (used.get(topic) ?? new Set()).add(id));
  }
  const known = new Map((await source.log.registry.list()).map((schema) => [schema.id, schema]));
  return [...used].flatMap(([topic, ids]) =>
    [...ids].flatMap((id) => {
      const registered = known.get(id);
      return registered
        ? [{ topic, id, subject: subjectFor(topic, registered), schema: registered.schema }]
        : [];
    }),
  );
}

/** Of the subjects of a schema, the one of the topic. */
function subjectFor(topic: string, { subjects }: Registered): string {
  const stream = originalTopicOf(topic);
  return subjects.find((subject) => subject.startsWith(`${stream}-`)) ?? subjects[0]!;
}

/** A registry that is only read. */
export interface Lookup {
  /** the id of a schema under a subject, undefined when it is not registered there */
  find(subject: string, schema: string): Promise<number | undefined>;
}

/** The ids of schemas in the target registry. */
export class SchemaIds {
  readonly #ids = new Map<string, number>();
  /** schemas that it lacks and `epochlog schemas push` would not register: they were never published */
  readonly unpublished: UsedSchema[] = [];

  /** Looks schemas up. SCHEMA_UNKNOWN when the registry lacks one that can be pushed. */
  static async find(used: readonly UsedSchema[], registry: Lookup): Promise<SchemaIds> {
    const ids = new SchemaIds();
    const pushed = pushedSchemas();
    for (const schema of used) {
      const id = await registry.find(schema.subject, schema.schema);
      if (id !== undefined) ids.#set(schema, id);
      else if (pushed.has(`${schema.subject} ${schema.schema}`)) throw unknown(schema);
      else ids.unpublished.push(schema);
    }
    return ids;
  }

  of(topic: string, id: number): number | undefined {
    return this.#ids.get(`${topic} ${id}`);
  }

  /**
   * Registers the schemas that were never published: a schema may have been used while it was developed.
   * SCHEMA_INCOMPATIBLE when one is not compatible with the published ones.
   */
  async register(registry: SchemaRegistry): Promise<void> {
    for (let schema = this.unpublished[0]; schema; schema = this.unpublished[0]) {
      try {
        this.#set(schema, await registry.idOf(schema.subject, schema.schema));
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.code !== 'SCHEMA_INCOMPATIBLE') throw error;
        throw new EpochlogError(
          'SCHEMA_INCOMPATIBLE',
          `records of ${schema.topic} use a schema that was never published, and the registry refuses it: ` +
            `${error.message}; register it by hand under ${schema.subject}, with that subject's compatibility set to ` +
            `NONE meanwhile: ${schema.schema}`,
          { cause: error },
        );
      }
      this.unpublished.shift();
    }
  }

  #set({ topic, id }: UsedSchema, other: number): void {
    this.#ids.set(`${topic} ${id}`, other);
  }
}

const unknown = ({ subject }: UsedSchema): EpochlogError =>
  new EpochlogError(
    'SCHEMA_UNKNOWN',
    `the registry lacks a version of ${subject} that records use: register the schemas with ` +
      '`epochlog schemas push`',
  );

/** Subject and text of every schema that `epochlog schemas push` registers. */
const pushedSchemas = (): Set<string> =>
  new Set(
    loadSchemas().flatMap((stream) =>
      versionsOf(stream).map((schema) => `${subjectOfSchema(stream.name, schema)} ${JSON.stringify(schema)}`),
    ),
  );
