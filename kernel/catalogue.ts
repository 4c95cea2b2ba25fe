import { EpochlogError } from './errors.ts';

/** What a catalogue says of an event type. */
export interface EventInfo {
  stream: string;
  /** a request changes nothing yet; a fact has happened */
  kind: 'request' | 'fact';
  /** the fields of its data that name its aggregate */
  key: readonly string[];
}

/** What a catalogue says of a stream. */
export interface StreamInfo {
  /** the service that writes its facts */
  owner: string;
  /** of its topic on a cluster */
  partitions: number;
  /** each aggregate has a single fact, so that its sequence is always 1 and needs no memory */
  oneFactPerKey: boolean;
}

/**
 * The event types and streams that exist; all that the kernel knows of a domain.
 */
export interface Catalogue<Type extends string = string, Stream extends string = string> {
  /** all streams, by name */
  readonly streams: readonly Stream[];
  readonly types: readonly Type[];
  stream(name: Stream): StreamInfo;
  isEventType(type: string): type is Type;
  streamOf(type: Type): Stream;
  isFact(type: Type): boolean;
  /** The service that writes the facts of a stream. */
  ownerOf(stream: Stream): string;
  /**
   * The aggregate that an event belongs to, by the fields that its schema names as key, joined by a slash; undefined when
   * one of them is empty.
   */
  keyIn(event: { type: Type; data: object }): string | undefined;
  /** Likewise; EVENT_INVALID when one is empty. */
  subjectOf(event: { type: Type; data: object }): string;
}

/** A catalogue of these event types and streams. Its functions fail with SCHEMA_UNKNOWN for any other. */
export function createCatalogue<Type extends string = string, Stream extends string = string>(
  events: Readonly<Record<Type, EventInfo & { stream: Stream }>>,
  streams: Readonly<Record<Stream, StreamInfo>>,
): Catalogue<Type, Stream> {
  const infos = new Map<string, EventInfo & { stream: Stream }>(Object.entries(events));
  const streamInfos = new Map<string, StreamInfo>(Object.entries(streams));

  const info = (type: string) => {
    const found = infos.get(type);
    if (found) return found;
    throw new EpochlogError('SCHEMA_UNKNOWN', `no event type ${type} in the catalogue`);
  };
  const stream = (name: Stream) => {
    const found = streamInfos.get(name);
    if (found) return found;
    throw new EpochlogError('SCHEMA_UNKNOWN', `no stream ${name} in the catalogue`);
  };
  const keyIn = (event: { type: string; data: object }) => {
    const values = info(event.type).key.map((field): unknown => Reflect.get(event.data, field));
    return values.every((value) => typeof value === 'string' && value !== '') ? values.join('/') : undefined;
  };

  return {
    streams: [...streamInfos.keys()] as Stream[],
    types: [...infos.keys()] as Type[],
    stream,
    isEventType: (type): type is Type => infos.has(type),
    streamOf: (type) => info(type).stream,
    isFact: (type) => info(type).kind === 'fact',
    ownerOf: (name) => stream(name).owner,
    keyIn,
    subjectOf(event) {
      const subject = keyIn(event);
      if (subject !== undefined) return subject;
      const fields = info(event.type).key.join(' and ');
      throw new EpochlogError('EVENT_INVALID', `${event.type}: ${fields} must be a non-empty string`);
    },
  };
}
