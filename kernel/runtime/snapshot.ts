import { isDeepStrictEqual } from 'node:util';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position, Shard } from '../ports/log.ts';
import type { ShardState } from '../ports/states.ts';
import type { Running, Service, ServiceContext } from '../service.ts';
import type { Emitter } from './emitter.ts';
import type { GlobalState } from './global-state.ts';
import type { Topology } from './topology.ts';
import { shardPositions } from './topology.ts';

/** A start folds as many records in less than a second. */
export const SAVE_EVERY = 10_000;
/** Folding is fast: it saves less often. */
const EVERY_FOLDED = 5;
/** To write so many entries of large maps takes 10 to 20 ms, in which nothing else runs: a prediction waits. */
const MAX_CHANGES = 2_000;
/** Fewer are not worth a write. */
const FEW_RECORDS = 200;
const MINUTES_BETWEEN = 10;

/** How far a partition is folded. */
export interface Folded extends Position {
  /** own facts are folded before this offset, all else before `offset`: a service folds its facts when it emits them */
  own: number;
}

/** The same in a snapshot. */
export interface FoldedTo extends Folded {
  /** id of the last event folded; null where there is none, or offsets have a gap. It tells another log from this one. */
  lastId: string | null;
}

/** The state of a shard as of some positions; a restore continues from it. */
export interface Snapshot {
  /** the settings of the service: other ones may fold otherwise */
  settings: unknown;
  positions: readonly FoldedTo[];
  /** what the emitter has emitted for causes that may be repeated */
  emitted: ReadonlyMap<string, ReadonlySet<string>>;
  redriven: ReadonlySet<string>;
  /** of the service */
  running: unknown;
}

/** What a snapshot is taken of. */
export interface SnapshotParts {
  service: Service;
  shard: Shard;
  topology: Topology;
  running: Running;
  emitter: Emitter;
  redriven: ReadonlySet<string>;
  log: EventLog;
  state: ShardState;
  context: Pick<ServiceContext, 'settings' | 'clock' | 'logger'>;
}

/**
 * What was saved for the shard, if the log still holds all of it and the service had the same settings; else it is
 * cleared, and the log is folded from its beginning.
 */
export async function usableSnapshot(
  state: ShardState,
  settings: unknown,
  committed: readonly Position[],
  log: EventLog,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const saved = state.saved as Snapshot | undefined;
  if (saved && isDeepStrictEqual(saved.settings, settings)) {
    const topics = [...new Set(saved.positions.map(({ topic }) => topic))];
    const ends = offsetsOf(await log.endOffsets(topics, signal));
    const processed = offsetsOf(committed);
    const isHeld = async (folded: FoldedTo) => {
      const key = partitionKey(folded);
      const end = ends.get(key) ?? 0;
      const isReached = reachOf(folded) <= end && folded.offset <= (processed.get(key) ?? end);
      return isReached && (await lastIdOf(folded, log)) === folded.lastId;
    };
    if ((await Promise.all(saved.positions.map(isHeld))).every(Boolean)) return saved;
  }
  state.clear();
  return undefined;
}

/** The end of what is folded of a partition. */
export const reachOf = ({ offset, own }: Folded): number => Math.max(offset, own);

async function lastIdOf(folded: Folded, log: EventLog): Promise<string | null> {
  const offset = reachOf(folded) - 1;
  if (offset < 0) return null;
  const { topic, partition } = folded;
  const [record] = await log.read({ topic, partition, offset }, 1);
  return record?.offset === offset ? (record.headers.ce_id ?? null) : null;
}

const offsetsOf = (positions: readonly Position[]): Map<string, number> =>
  new Map(positions.map((position) => [partitionKey(position), position.offset]));

/** Saves the state of a shard when enough has been folded: while it is restored, and later between reactions, after a commit. */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #every: number;
  readonly #few: number;
  /** since the last snapshot */
  #records = 0;
  #savedAt: number;
  #isSuperseded = false;

  /** A snapshot is taken after `every` records, or before if the last one is old. */
  constructor(parts: SnapshotParts, every: number) {
    this.#parts = parts;
    this.#every = every;
    this.#few = Math.min(FEW_RECORDS, every);
    this.#savedAt = parts.context.clock.now();
  }

  /** A record was folded to restore the state, which has come so far. Saved on the way, no long log is in memory. */
  async folded(reached: () => readonly Folded[]): Promise<void> {
    this.#records += 1;
    if (this.#records >= this.#every * EVERY_FOLDED) await this.#save(reached());
  }

  /** The log was folded as far as this, and nothing else will follow. */
  async ended(reached: readonly Folded[]): Promise<void> {
    if (this.#records > 0) await this.#save(reached);
  }

  /** These many records are committed. */
  async committed(records: number, globalState: GlobalState): Promise<void> {
    this.#records += records;
    const isOld = this.#parts.context.clock.now() - this.#savedAt > MINUTES_BETWEEN * 60_000;
    const isMuch = this.#records >= this.#every || this.#parts.state.changes >= MAX_CHANGES;
    if (isMuch || (isOld && this.#records >= this.#few)) await this.#save(await this.#reached(globalState));
  }

  /** The service stops: the next start is a fast one. */
  async stopping(globalState: GlobalState): Promise<void> {
    if (this.#records >= this.#few) await this.#save(await this.#reached(globalState));
  }

  /** A state that cannot be saved is folded again at the next start: no reason to stop. */
  async #save(folded: readonly Folded[]): Promise<void> {
    const { service, shard, running, emitter, redriven, log, state, context } = this.#parts;
    if (!running.snapshot || service.runs === 'everywhere' || this.#isSuperseded) return; // `everywhere` commits no offsets
    const labels = { service: service.name, shard: shard.index };
    try {
      const snapshot: Snapshot = {
        settings: context.settings,
        positions: await Promise.all(
          folded.map(async (position) => ({ ...position, lastId: await lastIdOf(position, log) })),
        ),
        emitted: emitter.repeatable,
        redriven,
        running: running.snapshot(),
      };
      this.#isSuperseded = !state.save(snapshot);
      if (this.#isSuperseded) context.logger.info(labels, 'another process saves the state of this shard');
    } catch (error) {
      context.logger.warn(
        { ...labels, err: error },
        'the state is not saved: the next start folds more of the log',
      );
    }
    this.#records = 0;
    this.#savedAt = context.clock.now();
  }

  async #reached(globalState: GlobalState): Promise<Folded[]> {
    const { service, shard, topology, log } = this.#parts;
    const processed = offsetsOf(await log.committed(service.name, topology.consumed));
    const topics = [...new Set([...topology.consumed, ...topology.owned])];
    const ends = shardPositions(topology, shard, await log.endOffsets(topics));
    const own = ends.map((end) => {
      const isOwned = topology.owned.includes(end.topic);
      return { ...end, offset: processed.get(partitionKey(end)) ?? 0, own: isOwned ? end.offset : 0 };
    });
    return [...own, ...globalState.positions().map((position) => ({ ...position, own: 0 }))];
  }
}
