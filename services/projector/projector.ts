import { decodable } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { partitionKey, positionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import { MAX_INSERT_BYTES, sizeOf } from '../../kernel/record-size.ts';
import { type EventRows, readStreamTables, type StreamTables } from '../../kernel/rows/events.ts';
import { RowMemory } from '../../kernel/rows/row-writer.ts';
import type { ProjectedBatch } from '../../kernel/service.ts';
import { ALL_STREAMS, type NewEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { Block, readRows, recordsOf } from './blocks.ts';
import { LAGGING_EVENTS, Pace } from './pace.ts';
import { parseToken, type Range, rangesOf, tokenOf } from './ranges.ts';
import {
  markComplete,
  partitionsOf,
  type Reservation,
  type Reservations,
  readReservations,
  redrivePartition,
  reserve,
  reserveRedriven,
} from './reservations.ts';

/** The service's name; also its consumer group in the log. */
export const NAME = 'projector';

export type ProjectorContext = Pick<ServiceContext, 'warehouse' | 'query' | 'events' | 'clock' | 'signal'>;

/** Events of an insert while catching up. */
const BATCH_EVENTS = 20_000;
/** An open batch is completed once so many have followed it, while ClickHouse still has its token. */
const MAX_OPEN_BATCHES = 100;

/** A batch that this projector tries to reserve. */
interface Attempt {
  token: string;
  rows: EventRows;
}

/**
 * Writes every event into ClickHouse exactly once, however many projectors share the partitions, are killed, or are
 * paused and come back when others have taken over (docs/adr/0008-several-projectors.md).
 *
 * Each batch is one insert for each of its streams, which feeds the projections through materialized views, and one into
 * `events`. Its ranges are reserved first, in `projector_reservations`; then any projector that meets the reservation
 * inserts the same rows under the same deduplication token. Interrupted inserts may have reached some tables only: they
 * are repeated until all are acknowledged.
 */
export class Projector {
  readonly #context: ProjectorContext;
  readonly #pace: Pace;
  #reservations: Reservations | undefined;
  #tables: { asOf: number; tables: StreamTables } | undefined;
  #attempt: Attempt | undefined;
  readonly #memory = new RowMemory();
  /** by partition, the token of the last batch whose insert was acknowledged to this projector */
  readonly #acknowledged = new Map<string, string>();
  /** the write of the batch before, which may still be under way */
  #writing = Promise.resolve();

  constructor(context: ProjectorContext, pauseMs: number) {
    this.#context = context;
    this.#pace = new Pace(pauseMs);
  }

  /** Begins a batch of polled events. When it is written, all events before them in their partitions are in all projections. */
  async batch(): Promise<ProjectedBatch<NewEvent>> {
    const block = await this.#newBlock();
    let hasPaused = false;
    return {
      add: (event) => block.add(event),
      skip: (record) => block.skip(record),
      waitForMore: async (events) => {
        const hasWaited = await this.#pause(events);
        hasPaused ||= hasWaited;
        return hasWaited;
      },
      write: async () => {
        this.#writing = this.#writePolled(block, hasPaused);
        await this.#writing;
      },
    };
  }

  async #writePolled(block: Block, hasPaused: boolean): Promise<void> {
    const ranges = rangesOf(block.events);
    const began = performance.now();
    try {
      await this.#write(block, (batch) => ranges.some((range) => overlaps(batch, range)));
      this.#release(block);
    } catch (error) {
      this.#reservations = undefined; // other projectors may have reserved meanwhile
      block.mayBeSent = true;
      throw error;
    }
    this.#pace.written({ events: block.events.length, hasPaused, began, ended: performance.now() });
  }

  /** What a large batch was written in is for the next one; where few events come, nothing is kept. */
  #release({ events, rows, mayBeSent }: Block): void {
    this.#attempt = undefined;
    if (events.length < LAGGING_EVENTS) this.#memory.clear();
    else if (!mayBeSent) rows.release();
  }

  /** Projects one event that was skipped as undecodable, unless a warehouse rebuilt since then contains it. */
  async redrive(event: Position): Promise<void> {
    for (;;) {
      const reservations = await this.#readReservations();
      const redriven = reservations.of(redrivePartition(event));
      for (const last of [reservations.of(event), redriven])
        if (last) await this.#complete(last, reservations);
      if (redriven?.token === tokenOf(rangesOf([event])) || (await this.#projectedOf([event]))(event)) return;
      await reserveRedriven(this.#context.warehouse, reservations, event);
    }
  }

  /** CONFIG_INVALID when the projections contain offsets beyond the end of the log. */
  async assertSameLog(): Promise<void> {
    const reservations = await this.#readReservations();
    for (const end of await this.#context.events.endOffsets(ALL_STREAMS)) {
      if (reservations.lastOf(end) < end.offset) continue;
      const at = `${partitionKey(end)}@${reservations.lastOf(end)}`;
      throw new EpochlogError(
        'CONFIG_INVALID',
        `the projections in '${this.#context.warehouse.database}' reach ${at}, the log does not: they belong to another ` +
          'log; name another database or folder, or drop this one to have it rebuilt',
      );
    }
  }

  /** Inserts the open batches again that are not in all projections, and marks all as complete. Only the process that suspends may pass the suspension. */
  async completeOpen({ duringSuspension = false } = {}): Promise<void> {
    const { open } = await this.#readReservations(duringSuspension);
    if (open.length === 0) return;
    const isWritten = await this.#writtenOf(open);
    for (const batch of open) {
      if (isWritten(batch)) continue;
      await this.#complete(batch, await this.#recentReservations(duringSuspension));
    }
    const { leaseUntil } = await this.#recentReservations(duringSuspension);
    await markComplete(this.#context.warehouse, open, leaseUntil);
    this.#reservations = undefined;
  }

  /**
   * Projects the events before the committed offsets that the warehouse lacks: an emptied warehouse, or one restored
   * from a backup, is rebuilt. The events after them will be polled. A block is read while the one before is written.
   */
  async catchUp(): Promise<void> {
    let written = Promise.resolve();
    for (const { topic, partition, offset } of await this.#context.events.committed(NAME, ALL_STREAMS)) {
      const first = (await this.#recentReservations()).lastOf({ topic, partition }) + 1;
      for await (const block of this.#blocksOf({ topic, partition, first, last: offset - 1 })) {
        await written;
        written = this.#write(block, () => true).then(() => this.#release(block));
        written.catch(() => {}); // who awaits it next throws it
      }
      await written;
    }
  }

  /** The events of a range of the log, in blocks that one insert can hold. */
  async *#blocksOf(range: Range): AsyncGenerator<Block> {
    let block = await this.#newBlock();
    let bytes = 0;
    for await (const record of recordsOf(this.#context.events, range)) {
      if (block.events.length >= BATCH_EVENTS || bytes + sizeOf(record) > MAX_INSERT_BYTES) {
        yield block;
        block = await this.#newBlock();
        bytes = 0;
      }
      const events = await decodable(record, this.#context.events);
      if (!events) block.skip(record);
      for (const event of events ?? []) block.add(event);
      bytes += sizeOf(record);
    }
    yield block;
  }

  /**
   * Writes events in new batches. Before that it completes the last batch of each of their partitions if it `mayBeOpen`.
   * An event that the last batch skipped and that is decodable now has no committed dead letter yet: it is redriven.
   */
  async #write({ events, skipped, rows }: Block, mayBeOpen: (batch: Reservation) => boolean): Promise<void> {
    const partitions = rangesOf(events);
    const redriven = new Set<Position>();
    for (;;) {
      const reservations = await this.#recentReservations();
      for (const batch of partitions.flatMap((partition) => reservations.of(partition) ?? []))
        if (mayBeOpen(batch)) await this.#complete(batch, reservations);
      const decodable = events.find((event) => !redriven.has(event) && reservations.hasSkipped(event));
      if (decodable) {
        redriven.add(decodable);
        await this.redrive(decodable);
        continue;
      }
      const fresh = events.filter((event) => event.offset > reservations.lastOf(event));
      if (fresh.length === 0) return;
      const token = tokenOf(rangesOf(fresh, skipped));
      if (fresh.length === events.length) this.#attempt = { token, rows };
      await this.#reserve(token, reservations);
    }
  }

  /** Tries to reserve a batch, and reads which attempt won. */
  async #reserve(token: string, reservations: Reservations): Promise<void> {
    const old = reservations.open.filter(({ number }) => number < reservations.number - MAX_OPEN_BATCHES);
    for (const batch of old) await this.#complete(batch, reservations);
    await reserve(this.#context.warehouse, reservations, token, old);
    await this.#readReservations();
  }

  /** Inserts a reserved batch, unless it is known to be complete. */
  async #complete(batch: Reservation, reservations: Reservations): Promise<void> {
    const { token } = batch;
    if (reservations.isComplete(batch) || this.#acknowledged.get(partitionKey(batch)) === token) return;
    const tables = await this.#streamTables(reservations);
    const attempted = this.#attempt?.token === token ? this.#attempt.rows : undefined;
    const rows =
      attempted?.tables === tables
        ? attempted
        : await readRows(this.#context.events, parseToken(token), tables);
    await rows.insert(this.#context.warehouse, token, reservations.leaseUntil);
    for (const partition of partitionsOf(batch)) this.#acknowledged.set(partitionKey(partition), token);
  }

  /** For the tables as they were last: rows for others are encoded again when they are inserted. */
  async #newBlock(): Promise<Block> {
    const tables = this.#tables?.tables ?? (await this.#streamTables(await this.#recentReservations()));
    return new Block(tables, this.#memory);
  }

  /** The tables of streams as they are since the last suspension: they change during one only. */
  async #streamTables({ lastSuspension: asOf }: Reservations): Promise<StreamTables> {
    if (this.#tables?.asOf !== asOf)
      this.#tables = { asOf, tables: await readStreamTables(this.#context.warehouse, loadSchemas()) };
    return this.#tables.tables;
  }

  /** Which of some batches are complete: their rows in `events` are inserted after all others, in their order. */
  async #writtenOf(batches: readonly Reservation[]): Promise<(batch: Reservation) => boolean> {
    const lastOf = ({ token }: Reservation) =>
      parseToken(token).map(({ topic, partition, last }) => ({ topic, partition, offset: last }));
    const isProjected = await this.#projectedOf(batches.flatMap(lastOf));
    return (batch) => lastOf(batch).every(isProjected);
  }

  async #projectedOf(events: readonly Position[]): Promise<(event: Position) => boolean> {
    const rows = await this.#context.query<Position>('projector/contained', {
      topics: events.map(({ topic }) => topic),
      partitions: events.map(({ partition }) => partition),
      offsets: events.map(({ offset }) => offset),
    });
    const projected = new Set(rows.map(positionKey));
    return (event) => projected.has(positionKey(event));
  }

  async #recentReservations(duringSuspension = false): Promise<Reservations> {
    return this.#reservations?.isRecent ? this.#reservations : this.#readReservations(duringSuspension);
  }

  async #readReservations(duringSuspension = false): Promise<Reservations> {
    this.#reservations = undefined;
    const reservations = await readReservations(this.#context.query);
    if (reservations.suspension && !duringSuspension) throw suspended();
    this.#reservations = reservations;
    return reservations;
  }

  /** Waits for more events, so that a low rate of events does not cost an insert each; false where it need not. */
  async #pause(events: number): Promise<boolean> {
    await this.#writing.catch(() => {}); // who awaits it throws it
    const wait = this.#pace.waitMs(events, performance.now());
    if (wait > 0) await this.#context.clock.sleep(wait, this.#context.signal).catch(() => {});
    return wait > 0;
  }
}

const suspended = (): EpochlogError =>
  new EpochlogError(
    'WAREHOUSE_UNAVAILABLE',
    '`epochlog projections apply` has suspended the projectors; if it was killed, run it again',
  );

const overlaps = (batch: Reservation, range: Range): boolean =>
  partitionKey(batch) === partitionKey(range) && batch.last >= range.first;
