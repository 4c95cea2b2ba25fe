import type { Codec } from '../codec.ts';
import type { Consumer, EventLog, Shard } from '../ports/log.ts';
import type { StateStore } from '../ports/states.ts';
import type { Service, ServiceContext } from '../service.ts';
import { Emitter } from './emitter.ts';
import { Loop } from './loop.ts';
import type { Mutex } from './mutex.ts';
import { restore } from './restore.ts';
import { Snapshots, usableSnapshot } from './snapshot.ts';
import { assertShardable, subscribe } from './subscription.ts';
import { topologyOf } from './topology.ts';

export interface RunOptions {
  log: EventLog;
  codec: Codec;
  context: ServiceContext;
  states: StateStore;
  /** records after which the state is saved */
  saveEvery: number;
  mutex: Mutex;
  /** whether it waits for disk space; else DISK_FULL ends it */
  waitsForDiskSpace: boolean;
  /** called when the state is restored and reactions begin */
  onReady(consumer: Consumer): void;
}

/**
 * Runs a shard of a service until its signal aborts: subscribes, restores the state (then it is ready), polls, reacts,
 * commits. Rejects when a reaction throws an error that is not in the table, or the consumer is fenced; the supervisor
 * restarts it.
 */
export async function runShard(service: Service, shard: Shard, options: RunOptions): Promise<void> {
  const { log, codec, states, saveEvery, mutex, waitsForDiskSpace, onReady } = options;
  const state = states.open(service.name, shard);
  const savesUnder = (name: string) => states.open(`${service.name}/${name}`, shard);
  const context = { ...options.context, maps: state.maps, savesUnder };
  const topology = await topologyOf(service, log, codec.catalogue);
  assertShardable(service, topology);
  const running = await service.start(context);
  let consumer: Consumer | undefined;
  try {
    const subscription = await subscribe(service, topology, shard, log);
    consumer = subscription.consumer;
    const { committed } = subscription;
    const emitter = new Emitter(service.name, context.clock, codec.catalogue, state.maps);
    const redriven = new Set<string>();
    const { signal } = context;
    const restored = { service, shard, topology, running, emitter, redriven };
    const snapshots = new Snapshots({ ...restored, log, state, context }, saveEvery);
    const restoring = async () => {
      const snapshot = await usableSnapshot(state, context.settings, committed, log, signal);
      return restore({ ...restored, snapshot, snapshots, signal }, committed, log, codec);
    };
    const globalState = await restoring(); // a function of its own, so that what was saved is not kept
    onReady(consumer);
    const parts = { service, running, emitter, consumer, globalState, redriven, codec, context };
    await new Loop({ ...parts, snapshots, mutex, waitsForDiskSpace }).untilStopped();
  } finally {
    await consumer?.close();
    await running.stop?.();
  }
}
