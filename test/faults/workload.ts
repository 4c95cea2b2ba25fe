import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type LoggedEvent, type NewEvent, newEvent } from '../../kernel/event.ts';
import type { EventLog, StoredRecord } from '../../kernel/ports/log.ts';
import type { Publisher } from '../../kernel/publisher.ts';
import { readPartition } from '../../kernel/reader.ts';
import { collection, page } from '../../kernel/runtime/fixtures.ts';
import { deciderService, reactorService, type Service } from '../../kernel/service.ts';
import { topicOf } from '../../kernel/topics.ts';
import type { Entry } from '../harness/history.ts';

/** What services and clients do while a test harms them: each fact says which number it was decided as. */

/** What follows from the requests of the clients. */
export const FOLLOWS = {
  CollectionRequested: ['PageCollected', 'PageCollected'],
  TrainingRequested: ['EpochCompleted', 'EpochCompleted', 'TrainingCompleted'],
} as const;

/** Pages that a collection has so far: two more whenever it is asked for. At work in one process. */
export const collector: Service = deciderService({
  name: 'collector',
  reactsTo: ['CollectionRequested'],
  stateFrom: ['PageCollected'],
  decider: () => ({
    initialState: () => new Map<string, number>(),
    decide(pages, { subject }) {
      const collected = pages.get(subject) ?? 0;
      return [page(subject, collected + 1), page(subject, collected + 2)];
    },
    evolve: (pages, { subject }) => pages.set(subject, (pages.get(subject) ?? 0) + 1),
  }),
});

/** Two epochs and an end whenever a run is asked for; the first epoch is published at once. Divided into shards. */
export const trainer: Service = reactorService({
  name: 'trainer',
  runs: { shards: 4 },
  reactsTo: ['TrainingRequested'],
  stateFrom: ['TrainingCompleted'],
  start() {
    const completed = new Map<string, number>();
    return {
      evolve({ subject }) {
        completed.set(subject, (completed.get(subject) ?? 0) + 1);
      },
      on: {
        async TrainingRequested({ subject }, emit) {
          const before = 3 * (completed.get(subject) ?? 0);
          await emit(epoch(subject, before + 1));
          return [epoch(subject, before + 2), completion(subject, before + 3)];
        },
      },
    };
  },
});

const epoch = (runId: string, number: number): NewEvent =>
  newEvent('EpochCompleted', {
    runId,
    epoch: number,
    trainLoss: 0,
    validation: {},
    seconds: 0,
  });

const completion = (runId: string, epochs: number): NewEvent =>
  newEvent('TrainingCompleted', {
    runId,
    model: '',
    datasetId: '',
    package: '',
    modelHash: '',
    metrics: {},
    primaryMetric: '',
    epochs,
    bestEpoch: 0,
    stoppedEarly: false,
    seconds: 0,
  });

const training = (runId: string): NewEvent =>
  newEvent('TrainingRequested', { runId, model: '', datasetId: '', engine: '', seed: 0, params: {} });

/** The number that a fact was decided as. */
function decidedAs({ type, data }: LoggedEvent): number | undefined {
  if (type === 'PageCollected') return data.page;
  if (type === 'EpochCompleted') return data.epoch;
  return type === 'TrainingCompleted' ? data.epochs : undefined;
}

const CLIENTS = 3;
/** Aggregates of each client, of both kinds. */
const SUBJECTS = 4;
/** Between two requests of a client: a stream of requests, not a flood. */
const PAUSE_MS = 100;

/** Clients that ask for collections and trainings until they are stopped, and note what was acknowledged. */
export class Clients {
  /** ids of requests, by client */
  readonly acknowledged: string[][] = [];
  /** requests of which nobody knows whether the log has them */
  unknown = 0;
  readonly #publisher: Publisher;
  #working: Promise<void>[] = [];
  #isStopped = true;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  get count(): number {
    return this.acknowledged.flat().length;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#working = Array.from({ length: CLIENTS }, (_, client) => this.#work(client));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#working);
  }

  async #work(client: number): Promise<void> {
    this.acknowledged[client] ??= [];
    const acknowledged = this.acknowledged[client];
    for (let i = 0; !this.#isStopped; i++) {
      const subject = `client-${client}-${Math.floor(i / 2) % SUBJECTS}`;
      try {
        const [{ id }] = (await this.#publisher.publish([
          i % 2 ? collection(subject) : training(subject),
        ])) as [LoggedEvent];
        acknowledged.push(id);
      } catch (error) {
        if (!(error instanceof EpochlogError) || !error.retriable) throw error;
        this.unknown += 1;
      }
      await sleep(PAUSE_MS);
    }
  }
}

/** All events of all streams, and how many dead letters there are. */
export async function readLog(
  log: EventLog,
  codec: Codec,
): Promise<{ entries: Entry[]; deadLetters: number }> {
  const [topics, entries] = [ALL_STREAMS.map(topicOf), [] as Entry[]];
  for (const end of await log.endOffsets(topics)) {
    for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
      entries.push(await entryOf(record, codec));
    }
  }
  let deadLetters = 0;
  for (const end of await log.endOffsets(topics.map((topic) => `${topic}.dlq`))) {
    for await (const _ of readPartition(log, { ...end, offset: 0 }, end.offset)) deadLetters += 1;
  }
  return { entries, deadLetters };
}

async function entryOf(record: StoredRecord, codec: Codec): Promise<Entry> {
  const event = await codec.decode(record);
  const { topic, partition, offset, id, type, subject, sequence, causationId } = event;
  const decided = decidedAs(event);
  return {
    ...{ topic, partition, offset, id, type, subject, sequence, causationId },
    ...(decided !== undefined && { decided }),
  };
}
