import type { Consumer, LogRecord, Position } from '../../../kernel/ports/log.ts';
import type { Fetcher } from './fetcher.ts';
import { KafkaFollower } from './follower.ts';
import type { ShardProducer } from './shard-producer.ts';

/** Consumes a shard of a group; a later consumer of the shard fences this one. */
export class KafkaConsumer extends KafkaFollower implements Consumer {
  readonly #producer: ShardProducer;
  /** the newest, which is the last to end */
  #commit: Promise<void> = Promise.resolve();

  constructor(
    producer: ShardProducer,
    from: readonly Position[],
    fetcher: Fetcher,
    onClose: (released: Promise<void>) => void,
  ) {
    super(from, fetcher, onClose);
    this.#producer = producer;
  }

  commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error(`the consumer of ${this.#producer.name} is closed`));
    this.#commit = this.#producer.commit(next, outputs);
    return this.#commit;
  }

  override async close(): Promise<void> {
    if (this.isClosed) return;
    await super.close();
    await this.#commit.catch(() => {});
    await this.#producer.close();
  }
}
