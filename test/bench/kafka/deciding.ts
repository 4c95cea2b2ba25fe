import type { KafkaMessage } from 'kafkajs';
import { derivedId } from '../../../kernel/ids.ts';
import type { StoredRecord } from '../../../kernel/ports/log.ts';
import { NO_TELEMETRY, type Telemetry } from '../../../kernel/telemetry.ts';
import {
  type Codec,
  deciderService,
  type LoggedEvent,
  type NewEvent,
  type RecordedEvent,
} from '../../../schemas/catalogue.ts';
import { acceptedSample } from '../../harness/records.ts';
import { startServices } from '../../harness/services.ts';
import { type Bench, PAPERS } from './bench.ts';
import { Meter, type Rate } from './meter.ts';
import { consumeBatches, inTransaction, messageOf, openProducer, slicesOf } from './raw.ts';
import type { Contest } from './turns.ts';

/** The batch size of the runtime. */
const LIMIT = 1_000;

/** One sample for each paper: decode, decide, encode, append, and commit with the offset. */
export function decideContest(bench: Bench): Contest {
  return {
    what: 'a decider service',
    unit: 'events/s',
    contestants: {
      'epochlog, its runtime': () => decide(bench),
      'kafkajs and avsc': () => decideRaw(bench),
    },
  };
}

const sampleOf = ({ data: { recordId, fields, time } }: LoggedEvent<'RecordIngested'>): NewEvent =>
  acceptedSample(recordId, {
    instance: { title: String(fields.title), abstract: String(fields.abstract) },
    target: String(fields.primary_category),
    time,
  });

const service = deciderService({
  name: 'curator',
  reactsTo: ['RecordIngested'],
  stateFrom: [],
  decider: () => ({
    initialState: () => null,
    decide: (_, event: LoggedEvent<'RecordIngested'>) => [sampleOf(event)],
    evolve: (state) => state,
  }),
});

async function decide({ records, seconds, freshStore }: Bench): Promise<Rate> {
  const meter = new Meter(seconds);
  await using stack = new AsyncDisposableStack();
  const store = await freshStore();
  stack.defer(() => store.close());
  const { telemetry, done } = countingCommits(meter, records.length);
  stack.use(await startServices([service], { store, telemetry }));
  await done;
  return meter.rate;
}

/** Counts the committed events of a service until all are processed or the time is over. */
export function countingCommits(meter: Meter, total: number): { telemetry: Telemetry; done: Promise<void> } {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let handled = 0;
  const telemetry: Telemetry = {
    ...NO_TELEMETRY,
    count(metric, _labels, by = 1) {
      if (metric === 'eventsHandled') handled += by;
    },
    observe(metric) {
      if (metric !== 'commitSeconds') return;
      meter.add(handled);
      seen += handled;
      handled = 0;
      if (seen >= total || meter.isOver) resolve();
    },
  };
  return { telemetry, done };
}

async function decideRaw({ kafka, codec, records, seconds, freshName }: Bench): Promise<Rate> {
  const groupId = freshName();
  const producer = await openProducer(kafka, groupId);
  const meter = new Meter(seconds);
  let seen = 0;
  await consumeBatches(kafka, PAPERS, {
    groupId,
    async isLast(payload) {
      for (const slice of slicesOf(payload, LIMIT)) {
        const facts: RecordedEvent[] = [];
        for (const message of slice) facts.push(factFrom(await decoded(message, payload.batch, codec)));
        const outputs = facts.map(codec.encode);
        await inTransaction(producer, groupId, payload, slice, (transaction) =>
          transaction.send({ topic: outputs[0]!.topic, messages: outputs.map(messageOf) }),
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

/** Decodes a message. */
export async function decoded(
  { key, value, offset, timestamp, headers = {} }: KafkaMessage,
  { topic, partition }: { topic: string; partition: number },
  codec: Codec,
): Promise<LoggedEvent> {
  const record: StoredRecord = {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: String(key),
    value: value ?? Buffer.alloc(0),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
  };
  return (await codec.decode(record))[0]!;
}

function factFrom(event: LoggedEvent): RecordedEvent {
  if (event.type !== 'RecordIngested') throw new Error(`a ${event.type} among the papers`);
  return {
    id: derivedId(event.id, service.name, 0),
    source: service.name,
    subject: event.subject,
    time: Date.now(),
    sequence: 1,
    correlationId: event.correlationId,
    causationId: event.id,
    ...sampleOf(event),
  };
}
