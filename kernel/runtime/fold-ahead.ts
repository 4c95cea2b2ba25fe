import { partitionKey, partitionsOfShard } from '../partitions.ts';
import type { Position, Shard } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { Emitter } from './emitter.ts';
import { foldLog } from './restore.ts';
import type { RunOptions } from './run.ts';
import { type Snapshot, Snapshots, usableSnapshot } from './snapshot.ts';
import { topologyOf } from './topology.ts';

/**
 * A process that runs a shard, and shares its home with this one, saves its state more often than this: its state must not
 * be saved by two.
 */
const TIMES_SAVE_EVERY = 2;

export type FoldAheadOptions = Pick<RunOptions, 'log' | 'codec' | 'states' | 'saveEvery' | 'context'>;

/**
 * Folds what a shard has processed elsewhere into the state that is saved here, if that is much, without reacting to
 * anything: so a process that takes over the shard folds little. Rejects when the signal aborts.
 */
export async function foldAhead(service: Service, shard: Shard, options: FoldAheadOptions): Promise<void> {
  const { log, codec, states, saveEvery } = options;
  const state = states.open(service.name, shard);
  const savesUnder = (name: string) => states.open(`${service.name}/${name}`, shard);
  const context = { ...options.context, maps: state.maps, savesUnder };
  const topology = await topologyOf(service, log, codec.catalogue);
  const committed = partitionsOfShard(shard, await log.committed(service.name, topology.consumed));
  if (behind(state.saved as Snapshot | undefined, committed) < TIMES_SAVE_EVERY * saveEvery) return;
  const running = await service.start(context);
  try {
    if (!running.snapshot) return;
    const emitter = new Emitter(service.name, context.clock, codec.catalogue, state.maps);
    const redriven = new Set<string>();
    const snapshot = await usableSnapshot(state, context.settings, committed, log, context.signal);
    const folded = { service, shard, topology, running, emitter, redriven };
    const snapshots = new Snapshots({ ...folded, log, state, context }, saveEvery);
    const target = { ...folded, snapshot, snapshots, signal: context.signal };
    const range = await foldLog(target, committed, log, codec);
    await snapshots.ended(range.reached());
  } finally {
    await running.stop?.();
  }
}

/** How many records were processed that a state lacks. */
function behind(saved: Snapshot | undefined, committed: readonly Position[]): number {
  const folded = new Map(saved?.positions.map((position) => [partitionKey(position), position.offset]));
  return committed.reduce((sum, end) => sum + end.offset - (folded.get(partitionKey(end)) ?? 0), 0);
}
