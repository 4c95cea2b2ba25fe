import { join } from 'node:path';
import avro from 'avsc';
import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { type Codec, subjectOfSchema } from '../../kernel/codec.ts';
import { type Happened, streamOf } from '../../kernel/event.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import { loadSchemas } from '../../schemas/load.ts';

/** An event as software writes it that has a newer schema, which nobody has registered yet: nobody can decode it. */
export interface Newer {
  record: LogRecord;
  /** Registers the schema: from now on everybody can. */
  register(): Promise<void>;
}

/** For the embedded log in a home, where the next schema to be registered gets the next number. */
export async function inNewerSchema(home: string, codec: Codec, event: Happened): Promise<Newer> {
  const stream = streamOf(event.type);
  const today = loadSchemas()
    .find(({ name }) => name === stream)!
    .events.find(({ name }) => name === event.type)!;
  const schema = { ...today, fields: [...today.fields, { name: 'addedLater', type: 'int', default: 0 }] };
  const data = avro.Type.forSchema(schema).toBuffer({ ...event.data, addedLater: 1 });
  const head = Buffer.alloc(5);
  await using log = await opened(home);
  const id = (await log.registry.list()).length + 1;
  head.writeUInt32BE(id, 1);
  return {
    record: { ...codec.encode(event), value: Buffer.concat([head, data]) },
    async register() {
      await using log = await opened(home);
      const given = await log.registry.idOf(subjectOfSchema(stream, schema), JSON.stringify(schema));
      if (given !== id) throw new Error(`the schema got the id ${given}, not ${id}`);
    },
  };
}

async function opened(home: string) {
  const log = await openEmbeddedLog({ path: join(home, 'log') });
  return { registry: log.registry, [Symbol.asyncDispose]: () => log.close() };
}
