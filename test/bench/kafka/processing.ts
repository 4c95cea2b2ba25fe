import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { type Bench, PAPERS, WRITTEN } from './bench.ts';
import { Meter, type Rate } from './meter.ts';
import { consumeBatches, inTransaction, openProducer, slicesOf } from './raw.ts';
import type { Contest } from './turns.ts';

/** Consumes, appends each record to another topic, and commits both in one transaction, `limit` records at a time. */
export function processContest(bench: Bench, limit: number): Contest {
  return {
    what: `consume, process, produce by ${limit}`,
    unit: 'records/s',
    contestants: { epochlog: () => process(bench, limit), kafkajs: () => processRaw(bench, limit) },
  };
}

async function process({ log, records, seconds, freshName }: Bench, limit: number): Promise<Rate> {
  const { signal } = new AbortController();
  const consumer = await log.consumer(freshName(), [PAPERS]);
  const meter = new Meter(seconds);
  for (let seen = 0; seen < records.length && !meter.isOver; ) {
    const polled = await consumer.poll(limit, signal);
    await consumer.commit(
      after(polled),
      polled.map((record) => ({ ...record, topic: WRITTEN })),
    );
    seen += polled.length;
    meter.add(polled.length);
  }
  await consumer.close();
  return meter.rate;
}

function after(records: readonly StoredRecord[]): Position[] {
  const next = new Map<number, Position>();
  for (const { topic, partition, offset } of records)
    next.set(partition, { topic, partition, offset: offset + 1 });
  return [...next.values()];
}

async function processRaw(bench: Bench, limit: number): Promise<Rate> {
  const { kafka, records, seconds, freshName } = bench;
  const groupId = freshName();
  const producer = await openProducer(kafka, groupId);
  const meter = new Meter(seconds);
  let seen = 0;
  await consumeBatches(kafka, PAPERS, {
    groupId,
    async isLast(payload) {
      for (const slice of slicesOf(payload, limit)) {
        const messages = slice.map(({ key, value, headers = {} }) => ({ key, value, headers }));
        await inTransaction(producer, groupId, payload, slice, (transaction) =>
          transaction.send({ topic: WRITTEN, messages }),
        );
        seen += slice.length;
        meter.add(slice.length);
        if (seen >= records.length || meter.isOver) return true;
      }
      return false;
    },
  });
  await producer.disconnect();
  return meter.rate;
}
