import {
  type Consumer,
  type ConsumerConfig,
  type EachBatchPayload,
  type Kafka,
  type Message,
  Partitioners,
  type Producer,
  type Transaction,
} from 'kafkajs';
import type { LogRecord } from '../../../kernel/ports/log.ts';

/** kafkajs, used as in its documentation. */

export const messageOf = ({ key, value, headers }: LogRecord): Message => ({
  key,
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  headers: { ...headers },
});

/** An idempotent producer with acks=all; transactional if it has an id. */
export async function openProducer(kafka: Kafka, transactionalId?: string): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    ...(transactionalId !== undefined && { transactionalId }),
    // the default of 300 ms would delay nearly every transaction, since the previous one is still being completed
    retry: { initialRetryTime: 5 },
  });
  await producer.connect();
  return producer;
}

/** Batches messages that are sent during a request into the next one: kafkajs sends one request for each call. */
export function inBatches(
  send: (messages: Message[]) => Promise<unknown>,
): (message: Message) => Promise<void> {
  let waiting: { message: Message; sent: PromiseWithResolvers<void> }[] = [];
  let sending = false;
  const sendAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await send(batch.map(({ message }) => message));
        for (const { sent } of batch) sent.resolve();
      } catch (error) {
        for (const { sent } of batch) sent.reject(error);
      }
    }
    sending = false;
  };
  return (message) => {
    const sent = Promise.withResolvers<void>();
    waiting.push({ message, sent });
    if (!sending) queueMicrotask(sendAll); // includes callers of the same turn of the event loop
    sending = true;
    return sent.promise;
  };
}

/** Consumes the committed records of a topic from offset 0, until `isLast`. */
export async function consumeBatches(
  kafka: Kafka,
  topic: string,
  { isLast, ...config }: ConsumerConfig & { isLast(payload: EachBatchPayload): boolean | Promise<boolean> },
): Promise<void> {
  const consumer: Consumer = kafka.consumer({ maxWaitTimeInMs: 250, ...config });
  const done = Promise.withResolvers<void>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let ended = false;
    const eachBatch = async (payload: EachBatchPayload) => {
      if (ended) return;
      try {
        ended = await isLast(payload);
        if (ended) done.resolve();
      } catch (error) {
        ended = true;
        done.reject(error);
      }
    };
    await consumer.run({ autoCommit: false, eachBatch });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

type Messages = EachBatchPayload['batch']['messages'];

export function* slicesOf({ batch: { messages } }: EachBatchPayload, limit: number): Iterable<Messages> {
  for (let i = 0; i < messages.length; i += limit) yield messages.slice(i, i + limit);
}

/** Sends something, and how far the group has come with it. */
export async function inTransaction(
  producer: Producer,
  consumerGroupId: string,
  { batch: { topic, partition } }: EachBatchPayload,
  done: Messages,
  send: (transaction: Transaction) => Promise<unknown>,
): Promise<void> {
  const transaction = await producer.transaction();
  await send(transaction);
  const offset = String(Number(done.at(-1)!.offset) + 1);
  await transaction.sendOffsets({
    consumerGroupId,
    topics: [{ topic, partitions: [{ partition, offset }] }],
  });
  await transaction.commit();
}
