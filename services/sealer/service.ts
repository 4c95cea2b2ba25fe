import { setImmediate as breathe } from 'node:timers/promises';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { reactorService, type ServiceContext } from '../../kernel/service.ts';
import { type DatasetSample, decodeDataset, encodeDataset, type Split } from '../../ml/dataset/format.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type {
  DatasetRequested,
  DatasetSealedSourceRange,
  SampleAccepted,
} from '../../schemas/events.generated.ts';
import { placeSamples } from './place.ts';
import { referenceOf } from './reference.ts';
import { settings } from './settings.ts';
import type { Assignment } from './split.ts';

/** After so many, others get their turn. */
const SAMPLES_A_TURN = 200;

const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

/** Seals all samples accepted so far as a dataset that never changes, each in its split. */
export const service = reactorService({
  name: 'sealer',
  settings,
  reactsTo: ['DatasetRequested'],
  stateFrom: ['DatasetSealed'],
  start({ settings: { minPerClass }, events, artifacts }) {
    /** of each dataset sealed, where it is */
    const sealed = new Map<string, string>();
    return {
      evolve({ type, data }) {
        if (type === 'DatasetSealed') sealed.set(data.datasetId, data.artifact);
      },
      on: {
        async DatasetRequested({ data: request }) {
          const { datasetId, model } = request;
          try {
            if (sealed.has(datasetId)) {
              throw new EpochlogError('CONFLICT', `dataset ${datasetId} is sealed already: give another id`);
            }
            const kept = await placesIn(request.extends, sealed, artifacts);
            const { samples, sources } = await readAccepted(events);
            const placed = await placeSamples(samples, request, kept, minPerClass);
            return [await seal(request, placed, sources, artifacts)];
          } catch (error) {
            return [newEvent('DatasetRefused', { datasetId, model, ...refusal(error) })];
          }
        },
      },
    };
  },
});

/** The places of the samples of the dataset that is extended: none for none. */
async function placesIn(
  datasetId: string | null,
  sealed: ReadonlyMap<string, string>,
  artifacts: ArtifactStore,
): Promise<Assignment> {
  if (datasetId === null) return new Map();
  const artifact = sealed.get(datasetId);
  if (!artifact)
    throw new EpochlogError('NOT_FOUND', `dataset ${datasetId}, to be extended, was never sealed`);
  const samples = await decodeDataset(await artifacts.get(artifact));
  return new Map(samples.map(({ id, split }) => [id, split]));
}

/** The samples that may be learnt from: of each paper the newest that was accepted, unless it was withdrawn. */
async function readAccepted(events: ServiceContext['events']) {
  const ends = await events.endOffsets(['samples']);
  const accepted = new Map<string, SampleAccepted>();
  let read = 0;
  for await (const { type, data } of events.scan(DECISIONS, ends)) {
    if (type === 'SampleAccepted') accepted.set(data.arxivId, data);
    else if (data.replaces) accepted.delete(data.arxivId);
    if (++read % SAMPLES_A_TURN === 0) await breathe();
  }
  const sources = ends.map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
  return { samples: [...accepted.values()], sources };
}

async function seal(
  { datasetId, model, extends: base, seed }: DatasetRequested,
  samples: readonly DatasetSample[],
  sources: readonly DatasetSealedSourceRange[],
  artifacts: ArtifactStore,
): Promise<NewEvent> {
  const { bytes, contentHash } = await encodeDataset(samples);
  const classes = [...Map.groupBy(samples, ({ label }) => label)].sort(([a], [b]) => (a < b ? -1 : 1));
  const inSplit = (wanted: Split) => samples.filter(({ split }) => split === wanted).length;
  return newEvent('DatasetSealed', {
    datasetId,
    model,
    extends: base,
    artifact: await artifacts.put(bytes),
    contentHash,
    seed,
    labels: classes.map(([label]) => label),
    train: inSplit('train'),
    validation: inSplit('validation'),
    test: inSplit('test'),
    balance: Object.fromEntries(classes.map(([label, members]) => [label, members.length])),
    sources,
    reference: await referenceOf(samples),
  });
}

const refusal = (error: unknown) =>
  failureOf(error, (cause) => (cause instanceof InvalidInput ? 'ARTIFACT_CORRUPT' : undefined));
