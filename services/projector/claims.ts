import { partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { NamedQuery, Warehouse } from '../../kernel/ports/warehouse.ts';
import { deadLetterTopicOf, isDeadLetterTopic } from '../../kernel/topics.ts';
import { parseToken, type Range, rangesOf, tokenOf } from './ranges.ts';

/** How long what was read of the claims may be acted upon. The server refuses an insert that comes later. */
export const LEASE_MS = 20_000;
/** Before the first offset of a partition. */
const NONE = -1;

type Partition = Omit<Position, 'offset'>;

/** The last batch of a partition: a row of `projector_claims`. */
export interface Claim extends Partition {
  /** of the batch among all that there were */
  number: number;
  last: number;
  /** names what the batch covers, in all its partitions; the deduplication token of its rows */
  token: string;
}

interface Row extends Claim {
  /** the batch is known to be in all projections */
  complete: boolean;
}

/** A partition that no topic has: while its batch is open, no other is agreed on. */
const SUSPENSION = { topic: '', partition: 0 } as const;

/** What all projectors have agreed on, as it was at one moment. */
export class Claims {
  /** of the last batch of all; 0 before the first */
  readonly number: number;
  /** the moment of the server's clock up to which it may be acted upon, in milliseconds since the epoch */
  readonly until: number;
  readonly #readAt = performance.now();
  readonly #claims = new Map<string, Claim>();
  readonly #complete = new Map<string, number>();

  constructor(at: number, rows: readonly Row[]) {
    this.until = at + LEASE_MS;
    this.number = Math.max(0, ...rows.map(({ number }) => number));
    for (const { complete, ...claim } of rows) {
      if (complete) this.#complete.set(partitionKey(claim), claim.number);
      else this.#claims.set(partitionKey(claim), claim);
    }
  }

  /** Whether there is enough time left to act upon it. */
  get isRecent(): boolean {
    return performance.now() - this.#readAt < LEASE_MS / 2;
  }

  of(partition: Partition): Claim | undefined {
    return this.#claims.get(partitionKey(partition));
  }

  /** The last offset that a batch of the partition covers; -1 when there is none. */
  lastOf(partition: Partition): number {
    return this.of(partition)?.last ?? NONE;
  }

  /** Whether the last batch of its partition went around an event: nobody could decode it then. */
  wentAround(event: Position): boolean {
    const claim = this.of(event);
    if (!claim || event.offset > claim.last) return false;
    const ranges = parseToken(claim.token).filter((range) => partitionKey(range) === partitionKey(event));
    const isCovered = ranges.some(({ first, last }) => first <= event.offset && event.offset <= last);
    return !isCovered && ranges.some(({ last }) => last < event.offset);
  }

  /** The last batches of partitions that nobody has marked as complete. */
  get open(): Claim[] {
    return [...this.#claims.values()].filter(
      (claim) => claim.topic !== SUSPENSION.topic && !this.isComplete(claim),
    );
  }

  /** The batch that stands for a suspension, while it lasts. */
  get suspension(): Claim | undefined {
    const claim = this.of(SUSPENSION);
    return claim && !this.isComplete(claim) ? claim : undefined;
  }

  isComplete(claim: Claim): boolean {
    return (this.#complete.get(partitionKey(claim)) ?? NONE) >= claim.number;
  }
}

export async function readClaims(query: NamedQuery): Promise<Claims> {
  const [answer] = await query<{ at: number; claims: readonly Row[] }>('projector/claims');
  return new Claims(answer?.at ?? 0, answer?.claims ?? []);
}

/**
 * Proposes that the next batch be this one. Of several that are proposed after the same claims one is taken, the
 * first: its number is the deduplication token. Which one, those tell who read the claims again.
 */
export async function propose(
  warehouse: Warehouse,
  claims: Claims,
  ranges: readonly Range[],
  complete: readonly Claim[],
): Promise<void> {
  const number = claims.number + 1;
  const token = tokenOf(ranges);
  const lastOf = new Map(ranges.map((range) => [partitionKey(range), range]));
  const batch = [...lastOf.values()].map(({ topic, partition, last }) => {
    return { topic, partition, number, last, token };
  });
  const rows = [...rowsOf(batch, false), ...rowsOf(complete, true)];
  await insert(warehouse, rows, claims.until, String(number));
}

/** Proposes a suspension, as one proposes a batch. */
export const proposeSuspension = (warehouse: Warehouse, claims: Claims): Promise<void> =>
  propose(warehouse, claims, [{ ...SUSPENSION, first: 0, last: 0 }], []);

/**
 * Proposes one event as the next batch, which was left out of the batch of its place: a batch of the partition of its
 * dead letter, whose events are never in a batch otherwise.
 */
export async function proposeAgain(warehouse: Warehouse, claims: Claims, event: Position): Promise<void> {
  const number = claims.number + 1;
  const claim = { ...placeAgain(event), number, last: event.offset, token: tokenOf(rangesOf([event])) };
  await insert(warehouse, rowsOf([claim], false), claims.until, String(number));
}

/** The partition of the batches of events that are taken once more. */
export const placeAgain = ({ topic, partition }: Partition): Partition => ({
  topic: deadLetterTopicOf(topic),
  partition,
});

/** The partitions whose last batch a claim is about. */
export const placesOf = (claim: Claim): readonly Partition[] =>
  isDeadLetterTopic(claim.topic) ? [claim] : parseToken(claim.token);

/** Marks batches as complete, which they stay: it does not matter who does it, when and how often. */
export async function mark(warehouse: Warehouse, complete: readonly Claim[], until: number): Promise<void> {
  const token = complete.map((claim) => `${partitionKey(claim)}/${claim.number}`).join(',');
  await insert(warehouse, rowsOf(complete, true), until, token);
}

const rowsOf = (claims: readonly Claim[], complete: boolean): Row[] =>
  claims.map((claim) => ({ ...claim, complete }));

const insert = (warehouse: Warehouse, rows: readonly Row[], until: number, token: string): Promise<void> =>
  warehouse.insert(
    'projector_claims',
    rows.map((row) => ({ ...row, insert_until: until })),
    token,
    { inSequence: true },
  );
