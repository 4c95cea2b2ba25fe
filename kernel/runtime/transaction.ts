import { partitionKey } from '../partitions.ts';
import type { Consumer, LogRecord, Position } from '../ports/log.ts';
import type { Emitter } from './emitter.ts';

/** What the next commit of a shard writes: outputs and offsets. */
export class Transaction {
  readonly #consumer: Consumer;
  readonly #emitter: Emitter;
  #outputs: LogRecord[] = [];
  readonly #next = new Map<string, Position>();
  #completed: string[] = [];

  constructor(consumer: Consumer, emitter: Emitter) {
    this.#consumer = consumer;
    this.#emitter = emitter;
  }

  add(...outputs: readonly LogRecord[]): void {
    this.#outputs.push(...outputs);
  }

  /** The record is processed: the commit moves the offset of its partition behind it. */
  advance({ topic, partition, offset }: Position): void {
    this.#next.set(partitionKey({ topic, partition }), { topic, partition, offset: offset + 1 });
  }

  /** The reaction to this event succeeded: it is not repeated after the commit. */
  completed(cause: string): void {
    this.#completed.push(cause);
  }

  get isEmpty(): boolean {
    return this.#next.size === 0;
  }

  /** Commits with `attempt`, which may repeat the step, and begins the next transaction. Returns the outputs. */
  async commit(attempt: (step: () => Promise<void>) => Promise<void>): Promise<readonly LogRecord[]> {
    const outputs = this.#outputs;
    const next = [...this.#next.values()];
    await attempt(() => this.#consumer.commit(next, outputs));
    for (const cause of this.#completed) this.#emitter.settled(cause);
    this.#next.clear();
    this.#outputs = [];
    this.#completed = [];
    return outputs;
  }
}
