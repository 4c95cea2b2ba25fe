import { createHash } from 'node:crypto';
import { putBundle } from '../../kernel/bundle.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { evaluation } from '../../services/registrar/fixtures.ts';
import { factOf } from './facts.ts';
import type { ServicesUnderTest } from './services.ts';

export const CONTENT_HASH = `sha256:${'c0ffee'.repeat(10)}c0ff`;

export interface Story {
  /** 1, 2 …: its run is r1, r2 … */
  readonly run: number;
  readonly epochs: number;
  /** of the package of the run */
  readonly package: string;
  /** that the run is a trial of */
  readonly searchId?: string;
}

/** A package of a few bytes, stored. */
export function storedPackage(artifacts: ArtifactStore, content: string): Promise<string> {
  const model = Buffer.from(content);
  const sums = `${createHash('sha256').update(model).digest('hex')}  model.onnx\n`;
  return putBundle(
    artifacts,
    new Map<string, Uint8Array>([
      ['model.onnx', model],
      ['SHA256SUMS', Buffer.from(sums)],
    ]),
  );
}

/** The loss of an epoch of a run. */
export const lossOf = (run: number, epoch: number): number => 1 / (run + epoch);

/** A run of the model `topics` as the log has it: trained, evaluated, registered and promoted; a trial is only trained. */
export function runStory({ run, epochs, package: digest, searchId }: Story): NewEvent[] {
  const runId = `r${run}`;
  const about = { runId, model: 'topics', datasetId: `d${run}` };
  const seeds = { seed: 7, seeds: { split: 3 }, fromVersion: null, checkpointEvery: null, keepBest: null };
  const params = { learningRate: 0.1, layers: [64, 32], isWarm: true };
  const trained = [
    newEvent('TrainingStarted', {
      ...{ ...about, ...seeds, engine: 'linear', params, contentHash: CONTENT_HASH, fromPackage: null },
    }),
    ...Array.from({ length: epochs }, (_, at) =>
      newEvent('EpochCompleted', {
        ...{ runId, epoch: at + 1, trainLoss: lossOf(run, at + 1), seconds: 0.5, learningRate: 0.1 },
        validation: { accuracy: at / epochs, logLoss: at === 0 ? Number.NaN : 0.5 },
        ...{ gradientNorm: null, samplesPerSecond: 10, cpuPercent: null, rssBytes: 1_000, device: null },
        ...{ deviceBytes: null, energy: null },
      }),
    ),
    newEvent('TrainingCompleted', {
      ...{ ...about, package: digest, modelHash: 'hash', metrics: { accuracy: 0.8 }, seconds: 2 },
      ...{ primaryMetric: 'accuracy', epochs, bestEpoch: epochs, stoppedEarly: false },
      ...{ searchId: searchId ?? null, reproduces: null, augmented: {} },
    }),
  ];
  if (searchId !== undefined) {
    const request = newEvent('TrainingRequested', {
      ...{ ...about, engine: 'linear', seed: 7, seeds: {}, params, searchId, fold: null, fromVersion: null },
      ...{ checkpointEvery: null, keepBest: null, reuse: false, reproduces: null },
    });
    return [request, ...trained];
  }
  const version = `v1.0.${run}`;
  const policy = { policyVersion: 0 };
  const registered = { ...about, ...policy, version, package: digest, evaluationId: `e${run}` };
  return [
    ...trained,
    evaluation(run, 0.8),
    newEvent('VersionRegistered', {
      ...{ ...registered, modelHash: 'hash', metrics: { accuracy: 0.8 }, primaryMetric: 'accuracy' },
    }),
    newEvent('VersionPromoted', { ...registered, previous: null, reason: 'better', requestedBy: 'ada' }),
  ];
}

/** A search with its trials, between its start and its end. */
export function searchStory(searchId: string, trials: readonly NewEvent[]): NewEvent[] {
  const about = { searchId, model: 'topics' };
  const settings = JSON.stringify({ space: { learningRate: { min: 0.01, max: 1 } } });
  return [
    newEvent('SearchStarted', {
      ...{ ...about, task: 'topics', engine: 'linear', datasetId: 'd1', metric: 'accuracy' },
      ...{ direction: 'maximize', settings, params: {}, seed: 1, train: false, dueAt: null },
      ...{ reason: 'try', requestedBy: 'ada' },
    }),
    ...trials,
    newEvent('SearchCompleted', {
      ...{ ...about, outcome: 'trials', reason: 'done', best: 1, value: 0.8 },
      ...{ params: { learningRate: 0.1 }, completed: 1, pruned: 0, failed: 0 },
    }),
  ];
}

/** Appends them as their services would, one millisecond after the other; returns their ids. */
export async function tell(
  { log, codec }: ServicesUnderTest,
  events: readonly NewEvent[],
): Promise<string[]> {
  const began = Date.now() - 60_000;
  const recorded = events.map((event, at) => ({ ...factOf(event, at + 1), time: began + at }));
  await log.append(recorded.map(codec.encode));
  return recorded.map(({ id }) => id);
}
