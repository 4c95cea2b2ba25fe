import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type Event } from '../../kernel/event.ts';
import { partitionKey } from '../../kernel/partitions.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { type Block, insertBlock, readBlock, readBlocks } from './blocks.ts';
import {
  type Claim,
  type Claims,
  mark,
  placeAgain,
  placesOf,
  propose,
  proposeAgain,
  readClaims,
} from './claims.ts';
import { parseToken, type Range, rangesOf, tokenOf } from './ranges.ts';

/** What the projector is called, in the log too. */
export const NAME = 'projector';

export type ProjectorContext = Pick<ServiceContext, 'warehouse' | 'query' | 'events' | 'signal'>;

/** Events of an insert when there are many to catch up with. */
const BATCH = 5_000;
/** Above this many events it is behind, and does not pause. */
const BEHIND = 500;
/** A batch after which so many have followed is completed, whoever has begun it, while its token is remembered. */
const OPEN_BATCHES = 100;

/** A batch and the events of it, where it is one's own. */
interface Proposal {
  token: string;
  events: readonly Event[];
}

/**
 * Writes every event into ClickHouse exactly once, however many of it share the work, are killed, or are held up and
 * come back when others have taken over (docs/adr/0008-several-projectors.md).
 *
 * Each batch is one insert into `events`, from which the other projections follow as materialized views. What it
 * covers is agreed on first, in `projector_claims`; then whoever meets it inserts the same rows under the same
 * deduplication token. An insert that was interrupted may have reached the table and not all views: it is repeated
 * until one was acknowledged.
 */
export class Projector {
  readonly #context: ProjectorContext;
  readonly #pauseMs: number;
  #claims: Claims | undefined;
  #proposal: Proposal | undefined;
  /** of each partition, the token of the last batch that was acknowledged to this projector */
  readonly #acknowledged = new Map<string, string>();
  #pauseUntil = 0;

  constructor(context: ProjectorContext, pauseMs: number) {
    this.#context = context;
    this.#pauseMs = pauseMs;
  }

  /** Events as they were polled: all those before them, in their partitions, are in all projections. */
  async project(events: readonly Event[], leftOut: readonly Position[] = []): Promise<void> {
    const ranges = rangesOf(events);
    if (events.length < BEHIND) await this.#pause();
    try {
      await this.#write({ events, leftOut }, (claim) => ranges.some((range) => reachesInto(claim, range)));
    } catch (error) {
      this.#claims = undefined; // others may have gone on meanwhile
      throw error;
    }
    this.#pauseUntil = performance.now() + this.#pauseMs;
  }

  /**
   * An event by itself that was left out, since nobody could decode it when its batch was written. A warehouse that has
   * filled itself from the log since then has it already.
   */
  async takeAgain(event: Event): Promise<void> {
    for (;;) {
      const claims = await this.#readClaims();
      const claim = claims.of(placeAgain(event));
      for (const last of [claims.of(event), claim]) if (last) await this.#complete(last, claims);
      if (claim?.token === tokenOf(rangesOf([event])) || (await this.#isThere(event))) return;
      await proposeAgain(this.#context.warehouse, claims, event);
    }
  }

  /** CONFIG_INVALID when there are projections of events that the log does not have. */
  async assertSameLog(): Promise<void> {
    const claims = await this.#readClaims();
    for (const end of await this.#context.events.endOffsets(ALL_STREAMS)) {
      if (claims.lastOf(end) < end.offset) continue;
      const at = `${partitionKey(end)}@${claims.lastOf(end)}`;
      throw new EpochlogError(
        'CONFIG_INVALID',
        `the projections in '${this.#context.warehouse.database}' reach ${at}, the log does not: they are of another ` +
          'log; name another database or folder, or drop this one to have it filled again',
      );
    }
  }

  /**
   * Repeats the batches that nobody has marked as complete, and marks them. While projectors are suspended, only who
   * has done that may.
   */
  async finish({ duringSuspension = false } = {}): Promise<void> {
    const open = (await this.#readClaims(duringSuspension)).open;
    if (open.length === 0) return;
    for (const claim of open) await this.#complete(claim, await this.#recentClaims(duringSuspension));
    const { until } = await this.#recentClaims(duringSuspension);
    await mark(this.#context.warehouse, open, until);
    this.#claims = undefined;
  }

  /**
   * Reads what the warehouse lacks from the log, as far as offsets have been committed: a warehouse that was emptied,
   * or brought back from an old copy, fills itself again. The rest will be polled.
   */
  async catchUp(): Promise<void> {
    for (const { topic, partition, offset } of await this.#context.events.committed(NAME, ALL_STREAMS)) {
      const first = (await this.#recentClaims()).lastOf({ topic, partition }) + 1;
      const range = { topic, partition, first, last: offset - 1 };
      for await (const block of readBlocks(this.#context.events, range, BATCH))
        await this.#write(block, () => true);
    }
  }

  /**
   * Brings events into the projections. `mayBeOpen` tells of a batch that covers some of their partitions whether it
   * may be incomplete; an event is never in a new batch before that is so. What a batch went around since nobody could
   * decode it, and can be decoded now, was not committed as a dead letter, and comes by itself.
   */
  async #write({ events, leftOut }: Block, mayBeOpen: (claim: Claim) => boolean): Promise<void> {
    const partitions = rangesOf(events);
    const again = new Set<Event>();
    for (;;) {
      const claims = await this.#recentClaims();
      for (const claim of partitions.flatMap((partition) => claims.of(partition) ?? []))
        if (mayBeOpen(claim)) await this.#complete(claim, claims);
      const passed = events.find((event) => !again.has(event) && claims.wentAround(event));
      if (passed) {
        again.add(passed);
        await this.takeAgain(passed);
        continue;
      }
      const fresh = events.filter((event) => event.offset > claims.lastOf(event));
      if (fresh.length === 0) return;
      await this.#propose({ events: fresh, leftOut }, claims);
    }
  }

  /** Proposes a batch, and reads what was agreed on. */
  async #propose({ events, leftOut }: Block, claims: Claims): Promise<void> {
    const ranges = rangesOf(events, leftOut);
    const old = claims.open.filter(({ number }) => number < claims.number - OPEN_BATCHES);
    for (const claim of old) await this.#complete(claim, claims);
    this.#proposal = { token: tokenOf(ranges), events };
    await propose(this.#context.warehouse, claims, ranges, old);
    await this.#readClaims();
  }

  /** Inserts a batch that was agreed on, unless it is known to be in all projections. */
  async #complete(claim: Claim, claims: Claims): Promise<void> {
    const { token } = claim;
    if (claims.isComplete(claim) || this.#acknowledged.get(partitionKey(claim)) === token) return;
    const ranges = parseToken(token);
    const { events } =
      this.#proposal?.token === token ? this.#proposal : await readBlock(this.#context.events, ranges);
    await insertBlock(this.#context.warehouse, events, token, claims.until);
    for (const place of placesOf(claim)) this.#acknowledged.set(partitionKey(place), token);
  }

  async #isThere({ topic, partition, offset }: Position): Promise<boolean> {
    const place = { topic, partition, offset };
    const [found] = await this.#context.query<{ there: 0 | 1 }>('projector/there', place);
    return found?.there === 1;
  }

  async #recentClaims(duringSuspension = false): Promise<Claims> {
    return this.#claims?.isRecent ? this.#claims : this.#readClaims(duringSuspension);
  }

  async #readClaims(duringSuspension = false): Promise<Claims> {
    this.#claims = undefined;
    const claims = await readClaims(this.#context.query);
    if (claims.suspension && !duringSuspension) throw suspended();
    this.#claims = claims;
    return claims;
  }

  /** Waits for more to come, so that a trickle of events does not cost an insert each. */
  async #pause(): Promise<void> {
    const wait = this.#pauseUntil - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal: this.#context.signal }).catch(() => {});
  }
}

const suspended = (): EpochlogError =>
  new EpochlogError(
    'WAREHOUSE_UNAVAILABLE',
    '`epochlog projections apply` is at work on the projections; was it killed, then run it again',
  );

const reachesInto = (claim: Claim, range: Range): boolean =>
  partitionKey(claim) === partitionKey(range) && claim.last >= range.first;
