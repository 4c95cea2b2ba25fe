import type { Codec } from '../codec.ts';
import type { Consumer, EventLog, Shard } from '../ports/log.ts';
import type { Service, ServiceContext } from '../service.ts';
import { Emitter } from './emitter.ts';
import { inputsOf } from './inputs.ts';
import { assertShardable, openIntake } from './intake.ts';
import { Loop, type Turn } from './loop.ts';
import { recall } from './recall.ts';

export interface RunOptions {
  log: EventLog;
  codec: Codec;
  context: ServiceContext;
  turn: Turn;
  /** whether it waits until a full disk has room again; else DISK_FULL ends it */
  waitsForRoom: boolean;
  /** told when the past is recalled and reactions begin */
  onReady(consumer: Consumer): void;
}

/**
 * Runs a shard of a service until its signal aborts: takes the shard, recalls its state (then it is ready), polls,
 * reacts, commits. Rejects when a reaction throws an error that is not in the table, or another has taken the shard;
 * whoever supervises it starts it again.
 */
export async function runShard(service: Service, shard: Shard, options: RunOptions): Promise<void> {
  const { log, codec, context, turn, waitsForRoom, onReady } = options;
  const inputs = await inputsOf(service, log);
  assertShardable(service, inputs);
  const running = await service.start(context);
  let consumer: Consumer | undefined;
  try {
    const intake = await openIntake(service, inputs, shard, log);
    consumer = intake.consumer;
    const parts = { service, running, codec, context, turn, waitsForRoom, consumer };
    const emitter = new Emitter(service.name, context.clock);
    const retried = new Set<string>();
    const known = await recall(
      { service, shard, inputs, running, emitter, retried, signal: context.signal },
      intake.from,
      log,
      codec,
    );
    onReady(consumer);
    await new Loop({ ...parts, emitter, known, retried }).untilStopped();
  } finally {
    await consumer?.close();
    await running.stop?.();
  }
}
