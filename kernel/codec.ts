import avro from 'avsc';
import type { Catalogue } from './catalogue.ts';
import { fromHeaders, toHeaders } from './envelope.ts';
import { EpochlogError, messageOf } from './errors.ts';
import type { LoggedEvent, NewEvent, RecordedEvent } from './event.ts';
import type { EventId } from './ids.ts';
import type { LogRecord, StoredRecord } from './ports/log.ts';
import type { SchemaRegistry } from './ports/registry.ts';
import type { EventSchema, StreamSchemas } from './schema.ts';
import { topicOf } from './topics.ts';
import { splitId, type Upcaster, Upcasters } from './upcasters.ts';

const HEADER_BYTES = 5; // Confluent wire format: a zero, then the schema id
/** what every log accepts, embedded or Kafka */
const MAX_EVENT_BYTES = 4 << 20;

/** Turns events of a catalogue into records and back. */
export interface Codec<E extends NewEvent = NewEvent> {
  readonly catalogue: Catalogue<E['type']>;
  /**
   * EVENT_INVALID, naming the field, when the data does not fit its schema; or when it has more than 4 MiB. Half a
   * surrogate pair, which UTF-8 cannot encode, becomes U+FFFD in the key, the headers and the data alike.
   */
  encode(event: RecordedEvent<E>): LogRecord;
  /**
   * Decodes a record of any version of its schema ever registered into events of today: one, unless the type was split
   * (an upcast). Fields that today's schema added take their defaults. EVENT_UNDECODABLE when a record is not of this
   * format, or its key, its subject and its data do not name the same aggregate.
   */
  decode(record: StoredRecord): Promise<readonly LoggedEvent<E>[]>;
  /** The same at once; undefined before the first record of a schema was decoded, which has to be read. */
  decodeNow(record: StoredRecord): readonly LoggedEvent<E>[] | undefined;
  /** The types of the events that `decode` gives at most, in their order; none for an unknown type. */
  typesOf(record: StoredRecord): readonly E['type'][];
  /** The data of any record, also of a type that this version of the software does not know. */
  decodeData(record: StoredRecord): Promise<unknown>;
}

interface Writer {
  id: number;
  /** its schema, as it is registered */
  text: string;
  type: avro.Type;
}

const parse = (schema: string): avro.Type => avro.Type.forSchema(JSON.parse(schema));

function encodeData(writer: Writer, name: string, data: unknown): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + 1024);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(writer.id, 1);
  try {
    const end = writer.type.encode(data, bytes, HEADER_BYTES);
    if (end >= 0) return bytes.subarray(0, end);
    return Buffer.concat([bytes.subarray(0, HEADER_BYTES), writer.type.toBuffer(data)]);
  } catch (error) {
    let path = messageOf(error);
    writer.type.isValid(data, {
      errorHook(parts) {
        path = parts.join('.');
      },
    });
    throw new EpochlogError('EVENT_INVALID', `${name} does not fit its schema at: ${path}`, { cause: error });
  }
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  for (const name in value) if (!name.isWellFormed() || !isWellFormed(Reflect.get(value, name))) return false;
  return true;
}

/** Replaces unpaired surrogates: Avro's encoder writes them in two ways, depending on the length of the text. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => [name.toWellFormed(), wellFormed(inside)]),
  );
}

/** Earlier versions wrote an unpaired surrogate as one U+FFFD in the key and three in the data. */
const comparable = (text: string): string => text.replaceAll(/\ufffd+/g, '\ufffd');

function isAbout(event: LoggedEvent, key: string, catalogue: Catalogue): boolean {
  const inData = catalogue.keyIn(event);
  if (inData === undefined) return false;
  if (event.subject === key && inData === key) return true;
  return comparable(event.subject) === comparable(key) && comparable(inData) === comparable(key);
}

/** Parses the schema when it is needed: a short command needs few of them. */
function lazyWriter(id: number, text: string): Writer {
  let type: avro.Type | undefined;
  return {
    id,
    text,
    get type() {
      type ??= parse(text);
      return type;
    },
  };
}

/** The subject under which a registry keeps the versions of a schema: `<topic>-<full name>`. */
export const subjectOfSchema = (stream: string, { namespace, name }: EventSchema): string =>
  `${topicOf(stream)}-${namespace}.${name}`;

/** Why a record cannot be decoded; a retriable error as it is. */
function undecodable({ topic, partition, offset }: StoredRecord, error: unknown): EpochlogError {
  if (error instanceof EpochlogError && error.retriable) return error;
  const at = `${topic}/${partition}@${offset}`;
  return new EpochlogError('EVENT_UNDECODABLE', `${at}: ${messageOf(error)}`, { cause: error });
}

/** What a codec reads and writes. */
export interface Format<E extends NewEvent = NewEvent> {
  catalogue: Catalogue<E['type']>;
  /** the Avro schemas of its event types */
  schemas: readonly StreamSchemas[];
  /** published event types that are read as those of the catalogue */
  upcasters?: readonly Upcaster[];
}

/** A codec that writes with the schemas given, and reads whatever the registry knows. */
export async function createCodec<E extends NewEvent>(
  registry: SchemaRegistry,
  { catalogue, schemas, upcasters = [] }: Format<E>,
): Promise<Codec<E>> {
  const upcasts = new Upcasters(catalogue, upcasters);
  const written = schemas.flatMap(({ name: stream, events }) =>
    events.map(async (schema): Promise<[name: string, Writer]> => {
      const text = JSON.stringify(schema);
      const id = await registry.idOf(subjectOfSchema(stream, schema), text);
      return [schema.name, lazyWriter(id, text)];
    }),
  );
  const writers = new Map(await Promise.all(written)); // all at once: an embedded registry needs one commit for them

  /** one decoder for each schema id; building it costs a hundred decodings */
  const decoders = new Map<number, (bytes: Buffer) => unknown>();
  const decoderOf = async (id: number, name: string) => {
    const known = decoders.get(id);
    if (known) return known;
    const writer = writers.get(name);
    const text = await registry.schemaOf(id);
    const written = writer?.text === text ? writer.type : parse(text); // parsing takes milliseconds
    const reader = writer?.type ?? upcasts.readerOf(name) ?? written;
    if (reader.name !== written.name) {
      const advice = 'the registry is not the one with which it was written, or has lost its schemas';
      throw new Error(`schema ${id} of the registry is ${written.name}, not ${reader.name}: ${advice}`);
    }
    const resolver = reader === written ? undefined : reader.createResolver(written);
    const decoder = (bytes: Buffer) => {
      const { value, offset } = reader.decode(bytes, HEADER_BYTES, resolver);
      if (offset !== bytes.length) throw new Error(`${offset < 0 ? 'too few' : 'too many'} bytes`);
      return value;
    };
    decoders.set(id, decoder);
    return decoder;
  };

  const bytesOf = ({ value }: StoredRecord): Buffer =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const schemaIn = (bytes: Buffer): number => {
    if (bytes.length < HEADER_BYTES || bytes[0] !== 0) throw new Error('not in Confluent wire format');
    return bytes.readUInt32BE(1);
  };

  const decodeData = async (record: StoredRecord): Promise<unknown> => {
    try {
      const bytes = bytesOf(record);
      return (await decoderOf(schemaIn(bytes), record.headers.ce_type ?? ''))(bytes);
    } catch (error) {
      throw undecodable(record, error);
    }
  };

  const typesOf = ({ headers }: StoredRecord): readonly E['type'][] => upcasts.typesOf(headers.ce_type ?? '');

  const assertKnownType = (record: StoredRecord): void => {
    if (typesOf(record).length > 0) return;
    const type = record.headers.ce_type ?? '';
    throw new EpochlogError('EVENT_UNDECODABLE', `${record.topic}: unknown event type '${type}'`);
  };

  const eventsOf = (record: StoredRecord, data: unknown): readonly LoggedEvent<E>[] => {
    const type = record.headers.ce_type ?? '';
    const { topic, partition, offset, key } = record;
    const envelope = fromHeaders(record.headers);
    const events = upcasts.apply({ type, data }).map(
      ({ index, ...event }) =>
        ({
          ...envelope,
          topic,
          partition,
          offset,
          ...event,
          id: splitId(envelope.id, index),
        }) as LoggedEvent<E>,
    );
    if (events.every((event) => isAbout(event, key, catalogue))) return events;
    throw new EpochlogError(
      'EVENT_UNDECODABLE',
      `${topic}/${partition}@${offset}: ${type} is not about its key ${JSON.stringify(key.slice(0, 100))}`,
    );
  };

  return {
    catalogue,

    encode({ type, data, ...envelope }) {
      const subject = envelope.subject.toWellFormed();
      const writer = writers.get(type);
      if (!writer) throw new EpochlogError('SCHEMA_UNKNOWN', `no schema for ${type}`);
      const value = encodeData(writer, type, isWellFormed(data) ? data : wellFormed(data));
      if (value.byteLength > MAX_EVENT_BYTES) {
        throw new EpochlogError(
          'EVENT_INVALID',
          `${type} has ${value.byteLength} bytes, more than the ${MAX_EVENT_BYTES} that an event may have: keep what is ` +
            'large as an artifact, and name its digest',
        );
      }
      return {
        topic: topicOf(catalogue.streamOf(type)),
        key: subject,
        value,
        headers: toHeaders(type, { ...envelope, subject }),
      };
    },

    async decode(record) {
      assertKnownType(record);
      return eventsOf(record, await decodeData(record));
    },

    decodeNow(record) {
      assertKnownType(record);
      let data: unknown;
      try {
        const bytes = bytesOf(record);
        const decoder = decoders.get(schemaIn(bytes));
        if (!decoder) return undefined;
        data = decoder(bytes);
      } catch (error) {
        throw undecodable(record, error);
      }
      return eventsOf(record, data);
    },

    typesOf,

    decodeData,
  };
}

/** The ids of the events in a record, without decoding it; none when it has no id. */
export function eventIdsOf(record: StoredRecord, codec: Pick<Codec, 'typesOf'>): EventId[] {
  const id = record.headers.ce_id as EventId | undefined;
  if (id === undefined) return [];
  return [
    id,
    ...codec
      .typesOf(record)
      .map((_, index) => splitId(id, index))
      .slice(1),
  ];
}

/** The events in a record; undefined when it cannot be decoded. */
export const decodable = <E extends NewEvent>(
  record: StoredRecord,
  codec: Pick<Codec<E>, 'decode'>,
): Promise<readonly LoggedEvent<E>[] | undefined> =>
  codec.decode(record).catch((error: unknown) => {
    if (error instanceof EpochlogError && error.code === 'EVENT_UNDECODABLE') return undefined;
    throw error;
  });
