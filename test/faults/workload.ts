import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { EventLog, StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';
import type { Service } from '../../kernel/service.ts';
import { deadLetterTopicOf, topicOf } from '../../kernel/topics.ts';
import {
  ALL_STREAMS,
  type Codec,
  deciderService,
  type LoggedEvent,
  type NewEvent,
  newEvent,
  type Publisher,
  reactorService,
} from '../../schemas/catalogue.ts';
import { collection, page } from '../harness/collections.ts';
import type { Entry } from '../harness/history.ts';

/** Services and clients for tests with faults. Each fact contains the number that it was decided with. */

/** The expected facts of each request. */
export const FOLLOWS = {
  CollectionRequested: ['PageCollected', 'PageCollected'],
  TrainingRequested: ['EpochCompleted', 'EpochCompleted', 'TrainingCompleted'],
} as const;

/** Counts the pages of a collection: two more for each request. Runs once. */
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

/** Two epochs and a completion for each request; the first epoch is emitted before the reaction ends. Runs in shards. */
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
    ...{ learningRate: null, gradientNorm: null, samplesPerSecond: null, cpuPercent: null },
    ...{ rssBytes: null, device: null, deviceBytes: null, energy: null },
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
    searchId: null,
    reproduces: null,
    augmented: {},
  });

const training = (runId: string): NewEvent =>
  newEvent('TrainingRequested', {
    runId,
    model: '',
    datasetId: '',
    engine: '',
    seed: 0,
    params: {},
    searchId: null,
    reproduces: null,
    fold: null,
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: null,
    reuse: false,
  });

/** The number that a fact was decided with. */
function decidedAs({ type, data }: LoggedEvent): number | undefined {
  if (type === 'PageCollected') return data.page;
  if (type === 'EpochCompleted') return data.epoch;
  return type === 'TrainingCompleted' ? data.epochs : undefined;
}

const CLIENTS = 3;
/** Aggregates of each client, of both kinds. */
const SUBJECTS = 4;
/** Between two requests of a client. */
const REQUEST_INTERVAL_MS = 100;

/** Clients that request collections and trainings until they are stopped, and record the acknowledged requests. */
export class Clients {
  /** ids of requests, by client */
  readonly acknowledged: string[][] = [];
  /** requests that failed, and may or may not be in the log */
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
      await sleep(REQUEST_INTERVAL_MS);
    }
  }
}

/** All events of all streams, and the number of dead letters. */
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
  for (const end of await log.endOffsets(topics.map(deadLetterTopicOf))) {
    for await (const _ of readPartition(log, { ...end, offset: 0 }, end.offset)) deadLetters += 1;
  }
  return { entries, deadLetters };
}

async function entryOf(record: StoredRecord, codec: Codec): Promise<Entry> {
  const event = (await codec.decode(record))[0]!;
  const { topic, partition, offset, id, type, subject, sequence, causationId } = event;
  const decided = decidedAs(event);
  return {
    ...{ topic, partition, offset, id, type, subject, sequence, causationId },
    ...(decided !== undefined && { decided }),
  };
}
