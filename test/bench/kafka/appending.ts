import type { LogRecord } from '../../../kernel/ports/log.ts';
import { type Bench, WRITTEN } from './bench.ts';
import { rateOf } from './meter.ts';
import { inBatches, messageOf, openProducer } from './raw.ts';
import type { Contest } from './turns.ts';

const CALLERS = 256;
const BATCH = 1_000;

/** Idempotent appends that all in-sync replicas acknowledge. */
export async function appendContests(
  { log, kafka, records, seconds, freshName }: Bench,
  stack: AsyncDisposableStack,
): Promise<Contest[]> {
  const producer = await openProducer(kafka);
  stack.defer(() => producer.disconnect());
  const transactional = await openProducer(kafka, freshName());
  stack.defer(() => transactional.disconnect());

  const written = records.map((record) => ({ ...record, topic: WRITTEN }));
  const batch = written.slice(0, BATCH);
  const oneKey = batch.map((record) => ({ ...record, key: 'one' }));
  const nextOne = cycle(written);
  const send = (messages: ReturnType<typeof messageOf>[]) => producer.send({ topic: WRITTEN, messages });
  const sendInBatches = inBatches(send);
  const rate = (callers: number, records: number, step: () => Promise<unknown>) => () =>
    rateOf(seconds, callers, async () => {
      await step();
      return records;
    });

  return [
    {
      what: 'append, 1 caller',
      unit: 'records/s',
      contestants: {
        epochlog: rate(1, 1, () => log.append([nextOne()])),
        kafkajs: rate(1, 1, () => send([messageOf(nextOne())])),
      },
    },
    {
      what: `append, ${CALLERS} callers at once`,
      unit: 'records/s',
      contestants: {
        epochlog: rate(CALLERS, 1, () => log.append([nextOne()])),
        'kafkajs, sending together what waits': rate(CALLERS, 1, () => sendInBatches(messageOf(nextOne()))),
        'kafkajs, sending each alone': rate(CALLERS, 1, () => send([messageOf(nextOne())])),
      },
    },
    {
      what: `append ${BATCH} of one aggregate`,
      unit: 'records/s',
      contestants: {
        epochlog: rate(1, BATCH, () => log.append(oneKey)),
        kafkajs: rate(1, BATCH, () => send(oneKey.map(messageOf))),
      },
    },
    {
      what: `append ${BATCH} of many aggregates, all or none`,
      unit: 'records/s',
      contestants: {
        epochlog: rate(1, BATCH, () => log.append(batch)),
        'kafkajs, in a transaction': rate(1, BATCH, async () => {
          const transaction = await transactional.transaction();
          await transaction.send({ topic: WRITTEN, messages: batch.map(messageOf) });
          await transaction.commit();
        }),
        'kafkajs, not all or none': rate(1, BATCH, () => send(batch.map(messageOf))),
      },
    },
  ];
}

function cycle(records: readonly LogRecord[]): () => LogRecord {
  let next = 0;
  return () => records[next++ % records.length]!;
}
