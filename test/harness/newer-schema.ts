import { join } from 'node:path';
import avro from 'avsc';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { type Codec, subjectOfSchema } from '../../kernel/codec.ts';
import type { NewEvent, RecordedEvent } from '../../kernel/event.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { StreamSchemas } from '../../kernel/schema.ts';

/** An event in a newer schema that is not registered yet: it is undecodable. */
export interface Newer {
  record: LogRecord;
  /** Registers the schema: the event becomes decodable. */
  register(): Promise<void>;
}

/** What the newer schema is made from. */
interface Of<E extends NewEvent> {
  codec: Codec<E>;
  /** those of today */
  schemas: readonly StreamSchemas[];
  event: RecordedEvent<E>;
}

/** For the embedded log in a home. */
export async function inNewerSchema<E extends NewEvent>(home: string, of: Of<E>): Promise<Newer> {
  await using log = await opened(home);
  const { record, registerAt } = newer(of, (await log.registry.list()).length + 1);
  return {
    record,
    async register() {
      await using log = await opened(home);
      await registerAt(log.registry);
    },
  };
}

async function opened(home: string) {
  const log = await openEmbeddedLog({ path: join(home, 'log') });
  return { registry: log.registry, [Symbol.asyncDispose]: () => log.close() };
}

/** For any log: `id` is the one that its registry will give to the next schema. */
export function newer<E extends NewEvent>({ codec, schemas, event }: Of<E>, id: number) {
  const stream = codec.catalogue.streamOf(event.type);
  const today = schemas.find(({ name }) => name === stream)!.events.find(({ name }) => name === event.type)!;
  const name = `addedIn${id}`;
  const schema = { ...today, fields: [...today.fields, { name, type: 'int', default: 0 }] };
  const data = avro.Type.forSchema(schema).toBuffer({ ...event.data, [name]: 1 });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return {
    record: { ...codec.encode(event), value: Buffer.concat([head, data]) },
    async registerAt(registry: SchemaRegistry): Promise<void> {
      const given = await registry.idOf(subjectOfSchema(stream, schema), JSON.stringify(schema));
      if (given !== id) throw new Error(`the schema got the id ${given}, not ${id}`);
    },
  };
}
