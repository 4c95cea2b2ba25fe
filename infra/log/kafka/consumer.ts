import type { Consumer, LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Fetching } from './fetching.ts';
import { KafkaFollower } from './follower.ts';
import type { Member } from './member.ts';

/** Holds a shard of a consumer group; whoever takes it later fences this one. */
export class KafkaConsumer extends KafkaFollower implements Consumer {
  readonly #member: Member;
  #step: Promise<void> = Promise.resolve();

  constructor(
    member: Member,
    from: readonly Position[],
    fetching: Fetching,
    onClose: (released: Promise<void>) => void,
  ) {
    super(from, fetching, onClose);
    this.#member = member;
  }

  /** One transaction at a time. */
  commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error(`the consumer of ${this.#member.name} is closed`));
    const step = this.#step.catch(() => {}).then(() => this.#member.commit(next, outputs));
    this.#step = step;
    return step;
  }

  override async close(): Promise<void> {
    if (this.isClosed) return;
    await super.close();
    await this.#step.catch(() => {});
    await this.#member.close();
  }
}
