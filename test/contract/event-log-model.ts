import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partitionOf } from '../../infra/log/partition.ts';
import type { Consumer, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { codeOf, next, readAll, record, type Subject, textOf } from './event-log-kit.ts';

const PARTITIONS = 3;

type Step =
  | { do: 'append'; keys: string[] }
  | { do: 'poll'; limit: number }
  /** commits the records polled since the last commit, but the last `spare`, with one output for each */
  | { do: 'commit'; spare: number }
  /** another consumer takes over, and the former one tries to commit */
  | { do: 'replace' }
  /** the consumer closes without a commit */
  | { do: 'crash' };

const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'é'), { minLength: 1, maxLength: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), keys }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('poll' as const), limit: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('commit' as const), spare: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'replace' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
);

/** The expected content of the log: by partition the values appended, committed and polled; and all outputs. */
class Model {
  readonly appended: string[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly committed: number[] = new Array(PARTITIONS).fill(0);
  readonly polled: number[] = new Array(PARTITIONS).fill(0);
  readonly outputs: string[] = [];

  get isExhausted(): boolean {
    return this.appended.every((values, partition) => this.polled[partition] === values.length);
  }

  get notCommitted(): string[][] {
    return this.appended.map((values, partition) => values.slice(this.committed[partition]));
  }

  append(key: string, value: string): void {
    this.appended[partitionOf(Buffer.from(key), PARTITIONS)]!.push(value);
  }

  /** The next record of its partition must be this one. */
  poll({ partition, ...polled }: StoredRecord): void {
    expect(textOf({ ...polled })).toBe(this.appended[partition]![this.polled[partition]!++]);
  }

  commit(done: readonly StoredRecord[], outputs: readonly string[]): void {
    for (const { partition } of done) this.committed[partition]! += 1;
    this.outputs.push(...outputs);
  }

  restart(): void {
    for (const [partition, count] of this.committed.entries()) this.polled[partition] = count;
  }
}

/** Compares random histories of a group that polls, commits and crashes with the model. */
export function modelContract(subject: Subject, runs: number): void {
  test(`${runs} random histories match the model`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => replay(subject, steps)),
      {
        numRuns: runs,
        endOnFailure: true,
      },
    );
  });
}

async function replay(subject: Subject, steps: readonly Step[]): Promise<void> {
  const history = await History.begin(subject);
  for (const step of steps) await history.take(step);
  await history.end();
}

class History {
  readonly #subject: Subject;
  readonly #group: string;
  readonly #input: string;
  readonly #output: string;
  readonly #model = new Model();
  #consumer: Consumer;
  #uncommitted: StoredRecord[] = [];
  #values = 0;

  constructor(subject: Subject, group: string, input: string, output: string, consumer: Consumer) {
    this.#subject = subject;
    this.#group = group;
    this.#input = input;
    this.#output = output;
    this.#consumer = consumer;
  }

  static async begin(subject: Subject): Promise<History> {
    const [group, input, output] = [subject.group(), await subject.topic(PARTITIONS), await subject.topic()];
    return new History(subject, group, input, output, await subject.log.consumer(group, [input]));
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.#append(step.keys);
      case 'poll':
        return this.#model.isExhausted ? undefined : this.#poll(step.limit);
      case 'commit':
        return this.#commit(step.spare);
      case 'crash':
        await this.#consumer.close();
        return this.#join();
      case 'replace':
        return this.#replace();
    }
  }

  /** Compares the content of the log with the model. */
  async end(): Promise<void> {
    await this.#consumer.close();
    const { log } = this.#subject;
    const stored = Map.groupBy(await readAll(log, this.#input), ({ partition }) => partition);
    for (const [partition, values] of this.#model.appended.entries()) {
      expect((stored.get(partition) ?? []).map(textOf)).toEqual(values);
    }
    expect((await readAll(log, this.#output)).map(textOf)).toEqual(this.#model.outputs);
    const committed = await log.committed(this.#group, [this.#input]);
    expect(committed.map((position) => valuesFrom(position, stored))).toEqual(this.#model.notCommitted);
  }

  async #append(keys: readonly string[]): Promise<void> {
    const records = keys.map((key) => record(this.#input, key, `${this.#values++}`));
    for (const { key, ...rest } of records) this.#model.append(key, textOf({ key, ...rest }));
    await this.#subject.log.append(records);
  }

  async #poll(limit: number): Promise<void> {
    const polled = await this.#consumer.poll(limit, AbortSignal.timeout(20_000));
    expect(polled.length).toBeGreaterThan(0);
    expect(polled.length).toBeLessThanOrEqual(limit);
    for (const stored of polled) this.#model.poll(stored);
    this.#uncommitted.push(...polled);
  }

  async #commit(spare: number): Promise<void> {
    const done = this.#uncommitted.slice(0, Math.max(0, this.#uncommitted.length - spare));
    const outputs = done.map((stored) => `from ${textOf(stored)}`);
    await this.#consumer.commit(
      next(...done),
      outputs.map((value) => record(this.#output, 'key', value)),
    );
    this.#uncommitted = this.#uncommitted.slice(done.length);
    this.#model.commit(done, outputs);
  }

  async #replace(): Promise<void> {
    const zombie = this.#consumer;
    const progress = next(...this.#uncommitted);
    await this.#join();
    const commit = zombie.commit(progress, [record(this.#output, 'key', 'from a zombie')]);
    expect(await codeOf(commit)).toBe('CONSUMER_FENCED');
    await zombie.close();
  }

  async #join(): Promise<void> {
    this.#consumer = await this.#subject.log.consumer(this.#group, [this.#input]);
    this.#uncommitted = [];
    this.#model.restart();
  }
}

/** The values from a position on. */
const valuesFrom = ({ partition, offset }: Position, stored: ReadonlyMap<number, readonly StoredRecord[]>) =>
  (stored.get(partition) ?? []).filter((record) => record.offset >= offset).map(textOf);
