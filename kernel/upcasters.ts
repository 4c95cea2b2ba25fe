import avro from 'avsc';
import { type EventSchema, loadSchemas } from '../schemas/load.ts';
import { readPublished } from '../schemas/published.ts';
import { loadUpcasts, type Upcast } from '../schemas/upcasts.ts';
import { type EventType, isEventType } from './event.ts';
import { derivedId, type EventId } from './ids.ts';

/** An upcast, and the last published version of the schema that it reads. */
export interface Upcaster extends Upcast {
  schema: EventSchema;
}

/** Reads published event types that were renamed or split as today's types. */
export class Upcasters {
  readonly #upcasters: ReadonlyMap<string, { upcaster: Upcaster; reader: avro.Type; to: EventType[] }>;

  constructor(upcasters: readonly Upcaster[] = []) {
    this.#upcasters = new Map(
      upcasters.map((upcaster) => {
        const reader = avro.Type.forSchema(upcaster.schema);
        return [upcaster.from, { upcaster, reader, to: upcaster.to.map(asEventType) }];
      }),
    );
  }

  /** Those of schemas/, found by folder. */
  static async load(): Promise<Upcasters> {
    const upcasts = await loadUpcasts();
    if (upcasts.length === 0) return new Upcasters();
    const published = loadSchemas().flatMap(({ name }) => readPublished(name).map(({ schema }) => schema));
    return new Upcasters(
      upcasts.map((upcast) => {
        const schema = published.findLast(({ name }) => name === upcast.from);
        if (!schema) throw new Error(`schemas/: the upcast of ${upcast.from} reads no published type`);
        return { ...upcast, schema };
      }),
    );
  }

  /** Today's types of an event of some type; none for an unknown type. */
  typesOf(type: string): readonly EventType[] {
    if (isEventType(type)) return [type];
    return this.#upcasters.get(type)?.to ?? [];
  }

  /** The schema as which the data of an old type are read. */
  readerOf(type: string): avro.Type | undefined {
    return this.#upcasters.get(type)?.reader;
  }

  /** Today's events of an event, each with its index among the types of its upcast. */
  apply({ type, data }: { type: string; data: unknown }): { type: string; data: unknown; index: number }[] {
    const found = this.#upcasters.get(type);
    if (!found) return [{ type, data, index: 0 }];
    const events = found.upcaster.upcast(data as never);
    return found.to.flatMap((to, index) => {
      const upcast = events[index];
      return upcast ? [{ type: to, data: upcast, index }] : [];
    });
  }
}

function asEventType(type: string): EventType {
  if (isEventType(type)) return type;
  throw new Error(`schemas/: an upcast gives ${type}, which is no event type of today`);
}

/** The id of the event at an index of a split: the first one keeps the id of the record. */
export const splitId = (id: EventId, index: number): EventId =>
  index === 0 ? id : derivedId(id, 'upcast', index);
