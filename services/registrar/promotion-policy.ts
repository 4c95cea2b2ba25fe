import { type NewEvent, newEvent } from '../../kernel/event.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { promote } from './promotion.ts';
import type { RegistrarSettings } from './settings.ts';
import { type ModelVersions, nextNumber, versionOfRun } from './versions.ts';

const REGISTRAR = 'registrar';
const ROUNDING = 1e-12; // 0.8 − 0.798 is not quite 0.002

/**
 * Applies the promotion policy to an evaluation: the version of a run is registered once, and promoted when it beats the
 * version in production by the margin. Evaluations that belong to no run are ignored.
 */
export function applyPolicy(
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  settings: RegistrarSettings,
): NewEvent[] {
  const { runId, datasetId, modelHash } = evaluation;
  if (runId === null || datasetId === null || modelHash === null) return [];
  const registered = versionOfRun(model, runId);
  if (registered && !model.undecided.has(registered.version)) return [];

  const { evaluationId, metrics, primaryMetric } = evaluation;
  const candidate: VersionRegistered = {
    model: evaluation.model,
    version: registered?.version ?? nextNumber(model),
    runId,
    package: evaluation.package,
    modelHash,
    datasetId,
    evaluationId,
    metrics,
    primaryMetric,
  };
  const registration = registered ? [] : [newEvent('VersionRegistered', candidate)];
  return [...registration, ...decideOn(candidate, model, evaluation, settings)];
}

function decideOn(
  candidate: VersionRegistered,
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  settings: RegistrarSettings,
): NewEvent[] {
  if (isRetired(model.decisions)) return refuse(candidate, 'CONFLICT', `${candidate.model} is retired`);
  const { metrics, baseline, samples } = evaluation;
  const floor = Math.max(settings.minAccuracy, majorityBaseline(evaluation));
  const { accuracy } = metrics;
  if (accuracy !== undefined && accuracy <= floor) {
    const reason = `its accuracy of ${rounded(accuracy)} does not exceed ${rounded(floor)}`;
    return refuse(candidate, 'BELOW_FLOOR', reason);
  }
  const rival = inProduction(model.decisions)?.version;
  if (rival === undefined) return promote(candidate, model, 'the first version has no rival', REGISTRAR);
  if (baseline?.version !== rival) return [compareWith(model.registered.get(rival)!, candidate)];

  const { metric, margin } = settings;
  const [own, rivals] = [metrics[metric], baseline.metrics[metric]];
  if (own === undefined || rivals === undefined) {
    const names = Object.keys(metrics).join(', ');
    return refuse(candidate, 'METRIC_MISSING', `it was not measured by ${metric}, but by ${names}`);
  }
  const comparison =
    `${metric} ${rounded(own)} against ${rounded(rivals)} of ${rival}` +
    ` on the same ${samples} samples (a gain of ${rounded(margin)} is asked for)`;
  return own - rivals >= margin - ROUNDING
    ? promote(candidate, model, comparison, REGISTRAR)
    : refuse(candidate, 'NOT_BETTER', comparison);
}

/** Requests an evaluation against the current production version, which has changed since the last one was requested. */
const compareWith = (rival: VersionRegistered, candidate: VersionRegistered): NewEvent =>
  newEvent('EvaluationRequested', {
    evaluationId: `${candidate.runId}-against-${rival.version}`,
    model: candidate.model,
    version: candidate.version,
    runId: candidate.runId,
    package: candidate.package,
    datasetId: candidate.datasetId,
    data: null,
    dataName: null,
    baseline: { version: rival.version, package: rival.package },
    includeTraining: false,
  });

function refuse({ model, version, runId }: VersionRegistered, code: string, reason: string): NewEvent[] {
  return [
    newEvent('PromotionRefused', { model, version, runId, code, reason, requestedBy: REGISTRAR }),
    newEvent('VersionArchived', { model, version, reason }),
  ];
}

/** The accuracy of always predicting the most frequent label; 0 when no classes were measured. */
const majorityBaseline = ({ samples, perClass }: EvaluationCompleted): number =>
  Math.max(0, ...perClass.map(({ support }) => support)) / Math.max(1, samples);

const rounded = (value: number): string => value.toFixed(4);
