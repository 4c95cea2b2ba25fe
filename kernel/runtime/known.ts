import { type Codec, decodable } from '../codec.ts';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position } from '../ports/log.ts';
import { readPartition, typeOf } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import { merge } from './merge.ts';

/**
 * What a shared service remembers of topics that it does not react to. Every shard of it knows all of them, and takes in
 * all there is before it reacts to anything: what a request follows from was written before the request.
 */
export class Known {
  readonly #topics: readonly string[];
  readonly #remembers: ReadonlySet<string>;
  readonly #running: Running;
  readonly #log: EventLog;
  readonly #codec: Codec;
  readonly #next = new Map<string, number>();

  /** It has taken in what is before these positions. */
  constructor(service: Service, running: Running, log: EventLog, codec: Codec, from: readonly Position[]) {
    this.#topics = [...new Set(from.map(({ topic }) => topic))];
    this.#remembers = new Set(service.remembers);
    this.#running = running;
    this.#log = log;
    this.#codec = codec;
    for (const position of from) this.#next.set(partitionKey(position), position.offset);
  }

  async catchUp(): Promise<void> {
    if (this.#topics.length === 0) return;
    const ends = await this.#log.endOffsets(this.#topics);
    const fresh = ends.filter((end) => end.offset > (this.#next.get(partitionKey(end)) ?? 0));
    const news = fresh.map((end) =>
      readPartition(this.#log, { ...end, offset: this.#next.get(partitionKey(end)) ?? 0 }, end.offset),
    );
    for await (const record of merge(news)) {
      const event = this.#remembers.has(typeOf(record) ?? '') && (await decodable(record, this.#codec));
      if (event) this.#running.evolve?.(event);
      this.#next.set(partitionKey(record), record.offset + 1);
    }
    for (const end of fresh) this.#next.set(partitionKey(end), end.offset);
  }
}
