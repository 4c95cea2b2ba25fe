import { expect, inject, onTestFinished, test } from 'vitest';
import { type KafkaLog, openKafkaLog } from '../../infra/log/kafka/log.ts';
import type { Shard } from '../../kernel/ports/log.ts';
import { unique } from './event-log-kit.ts';

/** A member of the group, as a process with its own log. */
class Worker {
  readonly #leave = new AbortController();
  readonly #shards: AsyncIterator<readonly Shard[]>;
  #log: KafkaLog;
  assigned: number[] = [];

  constructor(log: KafkaLog, group: string, topic: string, shards: number) {
    this.#log = log;
    this.#shards = log.assignments(group, [topic], shards, this.#leave.signal)[Symbol.asyncIterator]();
  }

  static async start(group: string, topic: string, shards = 4): Promise<Worker> {
    const log = await openKafkaLog({ brokers: inject('brokers') });
    const worker = new Worker(log, group, topic, shards);
    onTestFinished(() => worker.leave());
    return worker;
  }

  /** Revokes the shards that are missing in the last assignment, and returns the next one. */
  async nextAssignment(): Promise<number[]> {
    const { value = [] } = await this.#shards.next();
    this.assigned = (value as readonly Shard[]).map(({ index }) => index).sort();
    return this.assigned;
  }

  async leave(): Promise<void> {
    this.#leave.abort();
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

test('a new member gets its shards once their owner has revoked them; a member that leaves releases its shards at once', async () => {
  const [name, topic] = await group();
  const first = await Worker.start(name, topic);
  expect(await first.nextAssignment()).toEqual([0, 1, 2, 3]);

  const second = await Worker.start(name, topic);
  const withoutShards = second.nextAssignment();
  expect(await first.nextAssignment()).toEqual([0, 1]);
  expect(await withoutShards).toEqual([]);
  const joined = second.nextAssignment();
  const released = first.nextAssignment(); // revokes 2 and 3
  expect(await joined).toEqual([2, 3]);
  expect(first.assigned).toEqual([0, 1]);

  await second.leave();
  expect(await released).toEqual([0, 1, 2, 3]);
});

test('with one shard, the other members are standbys, and one of them takes over', async () => {
  const [name, topic] = await group();
  const active = await Worker.start(name, topic, 1);
  expect(await active.nextAssignment()).toEqual([0]);
  const standby = await Worker.start(name, topic, 1);
  expect(await standby.nextAssignment()).toEqual([]);
  const takenOver = standby.nextAssignment();
  await active.leave();
  expect(await takenOver).toEqual([0]);
});

test('a member with another number of shards is refused', async () => {
  const [name, topic] = await group();
  const worker = await Worker.start(name, topic, 4);
  await worker.nextAssignment();
  const other = await Worker.start(name, topic, 2);
  await expect(other.nextAssignment()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`'epochlog.${name}' has 4 shards, this process 2`),
  });
});
