import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type {
  EvaluationCompleted,
  EvaluationCompletedMetrics as Metrics,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { promote } from './promotion.ts';
import type { RegistrarSettings } from './settings.ts';
import { inProduction, type ModelVersions, nextNumber, versionOfRun } from './versions.ts';

const REGISTRAR = 'registrar';
const ROUNDING = 1e-12; // 0.8 − 0.798 is not quite 0.002

/**
 * What follows from an evaluation: a run standing for promotion is registered once, and goes into production
 * when it beats the version there by the margin. Other evaluations concern nobody here.
 */
export function judge(
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  settings: RegistrarSettings,
): NewEvent[] {
  const { runId, datasetId, modelHash } = evaluation;
  if (runId === null || datasetId === null || modelHash === null) return [];
  const known = versionOfRun(model, runId);
  if (known && !model.undecided.has(known.version)) return [];

  const { evaluationId, metrics } = evaluation;
  const candidate: VersionRegistered = {
    model: evaluation.model,
    version: known?.version ?? nextNumber(model),
    runId,
    package: evaluation.package,
    modelHash,
    datasetId,
    evaluationId,
    accuracy: metrics.accuracy,
    macroF1: metrics.macroF1,
  };
  const registration = known ? [] : [newEvent('VersionRegistered', candidate)];
  return [...registration, ...decideOn(candidate, model, evaluation, settings)];
}

function decideOn(
  candidate: VersionRegistered,
  model: ModelVersions,
  { metrics, baseline }: EvaluationCompleted,
  settings: RegistrarSettings,
): NewEvent[] {
  const floor = Math.max(settings.minAccuracy, largestClassShare(metrics));
  if (model.retired) return refuse(candidate, 'CONFLICT', `${candidate.model} is retired`);
  if (metrics.accuracy <= floor) {
    const reason = `its accuracy of ${share(metrics.accuracy)} does not exceed ${share(floor)}`;
    return refuse(candidate, 'BELOW_FLOOR', reason);
  }
  const rival = inProduction(model);
  if (rival === undefined) return promote(candidate, model, 'the first version has no rival', REGISTRAR);
  if (baseline?.version !== rival) return [compareWith(model.registered.get(rival)!, candidate)];

  const { metric, margin } = settings;
  const gain = metrics[metric] - baseline.metrics[metric];
  const comparison =
    `${metric} ${share(metrics[metric])} against ${share(baseline.metrics[metric])} of ${rival}` +
    ` on the same ${metrics.samples} samples (a gain of ${share(margin)} is asked for)`;
  return gain >= margin - ROUNDING
    ? promote(candidate, model, comparison, REGISTRAR)
    : refuse(candidate, 'NOT_BETTER', comparison);
}

/** The production version has changed since the evaluation was asked for: the right one must be measured too. */
const compareWith = (rival: VersionRegistered, candidate: VersionRegistered): NewEvent =>
  newEvent('EvaluationRequested', {
    evaluationId: `${candidate.runId}-against-${rival.version}`,
    model: candidate.model,
    version: candidate.version,
    runId: candidate.runId,
    package: candidate.package,
    datasetId: candidate.datasetId,
    papers: null,
    baseline: { version: rival.version, package: rival.package },
    includeTraining: false,
  });

function refuse({ model, version, runId }: VersionRegistered, code: string, reason: string): NewEvent[] {
  return [
    newEvent('PromotionRefused', { model, version, runId, code, reason, requestedBy: REGISTRAR }),
    newEvent('VersionArchived', { model, version, reason }),
  ];
}

/** The accuracy of always answering with the most frequent label. */
const largestClassShare = ({ samples, perClass }: Metrics): number =>
  Math.max(0, ...perClass.map(({ support }) => support)) / Math.max(1, samples);

const share = (value: number): string => value.toFixed(4);
