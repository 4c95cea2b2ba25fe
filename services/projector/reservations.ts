import { PartitionMap, partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { NamedQuery, Warehouse } from '../../kernel/ports/warehouse.ts';
import { deadLetterTopicOf, isDeadLetterTopic } from '../../kernel/topics.ts';
import { parseToken, type Range, rangesOf, tokenOf } from './ranges.ts';

/** A lease begins when the reservations are read. The server refuses an insert after its end. */
export const LEASE_MS = 20_000;
/** Before the first offset of a partition. */
const NONE = -1;

type Partition = Omit<Position, 'offset'>;

/** The last batch of a partition: a row of `projector_reservations`. */
export interface Reservation extends Partition {
  /** of the batch, over all partitions */
  number: number;
  /** the last offset of the batch in this partition */
  last: number;
  /** the ranges of the batch in all its partitions; the deduplication token of its rows */
  token: string;
}

interface Row extends Reservation {
  /** the batch is in all projections */
  complete: boolean;
}

/** A partition that no topic has. An open batch here suspends all projectors. */
const SUSPENSION = { topic: '', partition: 0 } as const;

/** The reservations of all projectors, as they were when the lease began. */
export class Reservations {
  /** of the last batch; 0 before the first */
  readonly number: number;
  /** end of the lease by the server's clock, in milliseconds since the epoch */
  readonly leaseUntil: number;
  readonly #readAt = performance.now();
  readonly #last = new PartitionMap<Reservation>();
  readonly #complete = new PartitionMap<number>();
  readonly #ranges = new PartitionMap<readonly Range[]>();

  constructor(at: number, rows: readonly Row[]) {
    this.leaseUntil = at + LEASE_MS;
    this.number = Math.max(0, ...rows.map(({ number }) => number));
    for (const { complete, ...reservation } of rows) {
      if (complete) this.#complete.set(reservation, reservation.number);
      else this.#last.set(reservation, reservation);
    }
  }

  /** Whether half of the lease is left. */
  get isRecent(): boolean {
    return performance.now() - this.#readAt < LEASE_MS / 2;
  }

  of(partition: Partition): Reservation | undefined {
    return this.#last.get(partition);
  }

  /** The last reserved offset of a partition; -1 when there is none. */
  lastOf(partition: Partition): number {
    return this.of(partition)?.last ?? NONE;
  }

  /** Whether the last batch of its partition skipped an event, as undecodable. */
  hasSkipped(event: Position): boolean {
    const reservation = this.of(event);
    if (!reservation || event.offset > reservation.last) return false;
    const ranges = this.#rangesOf(reservation);
    const isCovered = ranges.some(({ first, last }) => first <= event.offset && event.offset <= last);
    return !isCovered && ranges.some(({ last }) => last < event.offset);
  }

  /** The ranges of a batch in the partition of the reservation. */
  #rangesOf(reservation: Reservation): readonly Range[] {
    const known = this.#ranges.get(reservation);
    if (known) return known;
    const { topic, partition, token } = reservation;
    const ranges = parseToken(token).filter(
      (range) => range.topic === topic && range.partition === partition,
    );
    this.#ranges.set(reservation, ranges);
    return ranges;
  }

  /** The last batches of partitions that are not marked as complete. */
  get open(): Reservation[] {
    return this.#last
      .values()
      .filter((reservation) => reservation.topic !== SUSPENSION.topic && !this.isComplete(reservation));
  }

  /** The number of the last batch that suspended all projectors; 0 before the first. The projections may change then. */
  get lastSuspension(): number {
    return this.of(SUSPENSION)?.number ?? 0;
  }

  /** The open batch that suspends all projectors. */
  get suspension(): Reservation | undefined {
    const reservation = this.of(SUSPENSION);
    return reservation && !this.isComplete(reservation) ? reservation : undefined;
  }

  isComplete(reservation: Reservation): boolean {
    return (this.#complete.get(reservation) ?? NONE) >= reservation.number;
  }
}

interface Answer {
  at: number;
  reservations: readonly Row[];
}

export async function readReservations(query: NamedQuery): Promise<Reservations> {
  const [answer] = await query<Answer>('projector/reservations');
  return new Reservations(answer?.at ?? 0, answer?.reservations ?? []);
}

/**
 * Tries to reserve the next batch, and marks batches as complete in the same insert. The number of the batch is the
 * deduplication token: of concurrent attempts ClickHouse keeps the first. Read the reservations again to see which.
 */
export async function reserve(
  warehouse: Warehouse,
  reservations: Reservations,
  token: string,
  complete: readonly Reservation[],
): Promise<void> {
  const number = reservations.number + 1;
  const lastOf = new Map(parseToken(token).map((range) => [partitionKey(range), range]));
  const batch = [...lastOf.values()].map(({ topic, partition, last }) => {
    return { topic, partition, number, last, token };
  });
  const rows = [...rowsOf(batch, false), ...rowsOf(complete, true)];
  await insert(warehouse, rows, reservations.leaseUntil, String(number));
}

/** Tries to reserve a batch that suspends all projectors. */
export const reserveSuspension = (warehouse: Warehouse, reservations: Reservations): Promise<void> =>
  reserve(warehouse, reservations, tokenOf([{ ...SUSPENSION, first: 0, last: 0 }]), []);

/** Tries to reserve a batch of one redriven event, under the partition of its dead letter. */
export async function reserveRedriven(
  warehouse: Warehouse,
  reservations: Reservations,
  event: Position,
): Promise<void> {
  const number = reservations.number + 1;
  const token = tokenOf(rangesOf([event]));
  const reservation = { ...redrivePartition(event), number, last: event.offset, token };
  await insert(warehouse, rowsOf([reservation], false), reservations.leaseUntil, String(number));
}

/** The partition that the batches of redriven events are reserved under: no other batch has it. */
export const redrivePartition = ({ topic, partition }: Partition): Partition => ({
  topic: deadLetterTopicOf(topic),
  partition,
});

/** The partitions whose last batch it is. */
export const partitionsOf = (reservation: Reservation): readonly Partition[] =>
  isDeadLetterTopic(reservation.topic) ? [reservation] : parseToken(reservation.token);

/** Marks batches as complete. Idempotent; any projector may do it. */
export async function markComplete(
  warehouse: Warehouse,
  complete: readonly Reservation[],
  leaseUntil: number,
): Promise<void> {
  const token = complete.map((batch) => `${partitionKey(batch)}/${batch.number}`).join(',');
  await insert(warehouse, rowsOf(complete, true), leaseUntil, token);
}

const rowsOf = (reservations: readonly Reservation[], complete: boolean): Row[] =>
  reservations.map((reservation) => ({ ...reservation, complete }));

const insert = (
  warehouse: Warehouse,
  rows: readonly Row[],
  leaseUntil: number,
  token: string,
): Promise<void> =>
  warehouse.insert(
    'projector_reservations',
    rows.map((row) => ({ ...row, lease_until: leaseUntil })),
    token,
    { inSequence: true },
  );
