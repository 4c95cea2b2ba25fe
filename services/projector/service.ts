import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type Event } from '../../kernel/event.ts';
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { takeAgain } from './again.ts';
import { parseToken, partitionKey, type Range, rangesOf, tokenOf } from './ranges.ts';
import { rowOf } from './rows.ts';

const settings = z.object({
  /** an insert costs the same for one event as for a hundred: the least time between two */
  pauseMs: z.coerce.number().int().min(0).default(100),
});

type Settings = z.infer<typeof settings>;

/** A row of `projector_batches`. */
interface LastBatch {
  topic: string;
  partition: number;
  last: number;
  token: string;
}

/** Before the first offset of a partition. */
const NONE = -1;

const PAGE = 1_000;
/** Events of an insert when there are many to catch up with. */
const BATCH = 5_000;

/** Above this many events it is behind, and does not pause. */
const BEHIND = 500;

/**
 * Writes every event into ClickHouse exactly once. Each batch is one insert into `events`, from which the other
 * projections follow as materialized views, under a deduplication token that names its offsets.
 *
 * An insert that was interrupted may have reached the table and not all views. Only the same rows with the same
 * token complete it, and the next poll may return others. So the token is written down first, in
 * `projector_batches`, and whoever meets a partition for the first time finishes its last batch before going on.
 */
class Projector {
  readonly #context: ServiceContext<Settings>;
  /** the last offset of each partition that is in all projections; NONE where there are none */
  readonly #done = new Map<string, number>();
  #pauseUntil = 0;

  constructor(context: ServiceContext<Settings>) {
    this.#context = context;
  }

  async project(batch: readonly Event[]): Promise<void> {
    const unmet = rangesOf(batch).filter((range) => !this.#done.has(partitionKey(range)));
    if (unmet.length > 0) await this.#meet(unmet);
    const fresh = batch.filter((event) => event.offset > (this.#done.get(partitionKey(event)) ?? NONE));
    if (fresh.length === 0) return;
    if (fresh.length < BEHIND) await this.#pause();
    await this.#write(fresh);
    this.#pauseUntil = performance.now() + this.#context.settings.pauseMs;
  }

  /**
   * Reads what the warehouse lacks from the log, whatever was committed before: a warehouse that was emptied, or
   * brought back from an old copy, fills itself again.
   */
  async catchUp(): Promise<void> {
    const ends = await this.#context.events.ends(ALL_STREAMS);
    const batches = await this.#context.query<LastBatch>('projector/last-batches');
    const lastOf = new Map(batches.map((batch) => [partitionKey(batch), batch.last]));
    const behind = ends
      .map((end) => ({ ...end, first: 0, last: end.offset - 1 }))
      .filter((range) => (lastOf.get(partitionKey(range)) ?? NONE) < range.last);
    await this.#meet(behind);
    for (const range of behind) {
      for (let first = (lastOf.get(partitionKey(range)) ?? NONE) + 1; first <= range.last; first += BATCH) {
        await this.project(
          await this.#eventsOf([{ ...range, first, last: Math.min(range.last, first + BATCH - 1) }]),
        );
      }
    }
  }

  /** Finishes the last batches of these partitions, unless they were committed and are not polled again. */
  async #meet(ranges: readonly Range[]): Promise<void> {
    const batches = await this.#context.query<LastBatch>('projector/last-batches');
    const lastOf = new Map(batches.map((batch) => [partitionKey(batch), batch]));
    const unfinished = new Set<string>();
    for (const range of ranges) {
      const batch = lastOf.get(partitionKey(range));
      if (batch && batch.last >= range.first) unfinished.add(batch.token);
    }
    for (const token of unfinished) await this.#insert(await this.#eventsOf(parseToken(token)), token);
    for (const key of ranges.map(partitionKey)) this.#done.set(key, lastOf.get(key)?.last ?? NONE);
  }

  async #write(events: readonly Event[]): Promise<void> {
    const ranges = rangesOf(events);
    const token = tokenOf(ranges);
    const batches = ranges.map(
      ({ topic, partition, last }): LastBatch => ({ topic, partition, last, token }),
    );
    await this.#context.warehouse.insert('projector_batches', batches, token);
    await this.#insert(events, token);
    for (const range of ranges) this.#done.set(partitionKey(range), range.last);
  }

  #insert(events: readonly Event[], token: string): Promise<void> {
    return this.#context.warehouse.insert('events', events.map(rowOf), token);
  }

  /** The events of a batch as they were polled then. */
  async #eventsOf(ranges: readonly Range[]): Promise<Event[]> {
    const { events } = this.#context;
    const found: Event[] = [];
    for (const { topic, partition, first, last } of ranges) {
      for (let offset = first; offset <= last; ) {
        const page = await events.page({ topic, partition, offset }, Math.min(PAGE, last - offset + 1));
        if (page.length === 0) break;
        for (const record of page) {
          if (record.offset <= last)
            found.push(...(await events.decode(record).then(one, noneIfUndecodable)));
        }
        offset = page[page.length - 1]!.offset + 1;
      }
    }
    return found;
  }

  /** Waits for more to come, so that a trickle of events does not cost an insert each. */
  async #pause(): Promise<void> {
    const wait = this.#pauseUntil - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal: this.#context.signal }).catch(() => {});
  }
}

const one = (event: Event): Event[] => [event];

/** A record that cannot be decoded went to the dead letters and was never in a batch. */
function noneIfUndecodable(error: unknown): Event[] {
  if (error instanceof EpochlogError && !error.retriable) return [];
  throw error;
}

export const service: Service<Settings> = {
  name: 'projector',
  usesWarehouse: true,
  runs: { shares: 4 },
  settings,
  reactsTo: '*',
  effects: false,
  start(context) {
    const projector = new Projector(context);
    return {
      recalled: () => projector.catchUp(),
      project: (batch) => projector.project(batch),
      react: (event) => takeAgain(event, context).then(() => []),
    };
  },
};
