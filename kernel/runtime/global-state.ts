import { type Codec, decodable } from '../codec.ts';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position } from '../ports/log.ts';
import { readPartition } from '../reader.ts';
import type { Running, Service } from '../service.ts';
import { merge } from './merge.ts';

/**
 * The state that every shard of a service reads in full: events of topics that the service does not react to. Each
 * shard catches up before it reacts, because what a request follows from was appended before the request.
 */
export class GlobalState {
  readonly #topics: readonly string[];
  readonly #stateFrom: ReadonlySet<string>;
  readonly #running: Running;
  readonly #log: EventLog;
  readonly #codec: Codec;
  readonly #partitions: ReadonlyMap<string, Omit<Position, 'offset'>>;
  readonly #next = new Map<string, number>();

  /** Continues at these positions. */
  constructor(service: Service, running: Running, log: EventLog, codec: Codec, from: readonly Position[]) {
    this.#topics = [...new Set(from.map(({ topic }) => topic))];
    this.#stateFrom = new Set(service.stateFrom);
    this.#running = running;
    this.#log = log;
    this.#codec = codec;
    this.#partitions = new Map(
      from.map(({ topic, partition }) => [partitionKey({ topic, partition }), { topic, partition }]),
    );
    for (const position of from) this.#next.set(partitionKey(position), position.offset);
  }

  /** How far its partitions are folded. */
  positions(): Position[] {
    return [...this.#next].map(([key, offset]) => ({ ...this.#partitions.get(key)!, offset }));
  }

  /** Folds all events up to the end offsets as of now. */
  async catchUp(): Promise<void> {
    if (this.#topics.length === 0) return;
    const ends = await this.#log.endOffsets(this.#topics);
    const behind = ends.filter((end) => end.offset > (this.#next.get(partitionKey(end)) ?? 0));
    const records = behind.map((end) =>
      readPartition(this.#log, { ...end, offset: this.#next.get(partitionKey(end)) ?? 0 }, end.offset),
    );
    for await (const record of merge(records)) {
      const isState = (type: string) => this.#stateFrom.has(type);
      const events = this.#codec.typesOf(record).some(isState) ? await decodable(record, this.#codec) : [];
      for (const event of events ?? []) if (isState(event.type)) this.#running.evolve?.(event);
      this.#next.set(partitionKey(record), record.offset + 1);
    }
    for (const end of behind) this.#next.set(partitionKey(end), end.offset);
  }
}
