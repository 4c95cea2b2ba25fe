import avro from 'avsc';
import type { Catalogue } from './catalogue.ts';
import { derivedId, type EventId } from './ids.ts';
import type { EventSchema } from './schema.ts';

/**
 * Reads a published event type that the catalogue has no more as events of today: it was renamed, or split. They belong
 * to the same stream and the same aggregate.
 */
export interface Upcast {
  /** the published type */
  from: string;
  /** today's types, in the order of the events */
  to: readonly string[];
  /** `data` have the fields of the last published version of `from`. The data of an event of each type; null for none. */
  upcast(data: never): readonly (object | null)[];
}

/** An upcast, and the last published version of the schema that it reads. */
export interface Upcaster extends Upcast {
  schema: EventSchema;
}

/** Reads published event types that were renamed or split as today's types. */
export class Upcasters<Type extends string = string> {
  readonly #catalogue: Catalogue<Type>;
  readonly #upcasters: ReadonlyMap<string, { upcaster: Upcaster; reader: avro.Type; to: readonly Type[] }>;

  constructor(catalogue: Catalogue<Type>, upcasters: readonly Upcaster[]) {
    this.#catalogue = catalogue;
    this.#upcasters = new Map(
      upcasters.map((upcaster) => {
        const reader = avro.Type.forSchema(upcaster.schema);
        return [
          upcaster.from,
          { upcaster, reader, to: upcaster.to.map((type) => knownType(type, catalogue)) },
        ];
      }),
    );
  }

  /** Today's types of an event of some type; none for an unknown type. */
  typesOf(type: string): readonly Type[] {
    if (this.#catalogue.isEventType(type)) return [type];
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

function knownType<Type extends string>(type: string, catalogue: Catalogue<Type>): Type {
  if (catalogue.isEventType(type)) return type;
  throw new Error(`an upcast gives ${type}, which is no event type of today`);
}

/** The id of the event at an index of a split: the first one keeps the id of the record. */
export const splitId = (id: EventId, index: number): EventId =>
  index === 0 ? id : derivedId(id, 'upcast', index);
