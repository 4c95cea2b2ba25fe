import { expect, inject, onTestFinished, test } from 'vitest';
import { type KafkaLog, openKafkaLog } from '../../infra/log/kafka/log.ts';
import type { Shard } from '../../kernel/ports/log.ts';
import { codeOf, unique } from './event-log-kit.ts';

/** A process that works on the shards that are dealt to it, as far as the group can tell. */
class Worker {
  readonly #leaving = new AbortController();
  readonly #shards: AsyncIterator<readonly Shard[]>;
  #log: KafkaLog;
  held: number[] = [];

  constructor(log: KafkaLog, group: string, topic: string, most: number) {
    this.#log = log;
    this.#shards = log.assignments(group, [topic], most, this.#leaving.signal)[Symbol.asyncIterator]();
  }

  static async start(group: string, topic: string, most = 4): Promise<Worker> {
    const log = await openKafkaLog({ brokers: inject('brokers') });
    const worker = new Worker(log, group, topic, most);
    onTestFinished(() => worker.leave());
    return worker;
  }

  /** Waits for the next change, and has let go of what it lost. */
  async change(): Promise<number[]> {
    const { value = [] } = await this.#shards.next();
    this.held = (value as readonly Shard[]).map(({ index }) => index).sort();
    return this.held;
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#shards.next();
    await this.#log.close();
  }
}

async function group(): Promise<[group: string, topic: string]> {
  const log = await openKafkaLog({ brokers: inject('brokers') });
  const topic = unique('topic');
  await log.ensureTopics([{ name: topic, partitions: 4 }]);
  await log.close();
  return [unique('group'), topic];
}

test('who comes gets its part once another has let go of it; who leaves makes way at once', async () => {
  const [name, topic] = await group();
  const first = await Worker.start(name, topic);
  expect(await first.change()).toEqual([0, 1, 2, 3]);

  const second = await Worker.start(name, topic);
  const standingBy = second.change();
  expect(await first.change()).toEqual([0, 1]);
  expect(await standingBy).toEqual([]);
  const joined = second.change();
  const released = first.change(); // asks for more, so that 2 and 3 are let go
  expect(await joined).toEqual([2, 3]);
  expect(first.held).toEqual([0, 1]);

  await second.leave();
  expect(await released).toEqual([0, 1, 2, 3]);
});

test('of a service that runs once, the others stand by, and one of them takes over', async () => {
  const [name, topic] = await group();
  const active = await Worker.start(name, topic, 1);
  expect(await active.change()).toEqual([0]);
  const standby = await Worker.start(name, topic, 1);
  expect(await standby.change()).toEqual([]);
  const promoted = standby.change();
  await active.leave();
  expect(await promoted).toEqual([0]);
});

test('members that divide the group into another number are refused', async () => {
  const [name, topic] = await group();
  const worker = await Worker.start(name, topic, 4);
  await worker.change();
  const other = await Worker.start(name, topic, 2);
  expect(await codeOf(other.change())).toBe('CONFIG_INVALID');
});
