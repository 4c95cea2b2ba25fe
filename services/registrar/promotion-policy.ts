import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { compare, isBetter } from './comparison.ts';
import { promote } from './promotion.ts';
import type { RegistrarSettings } from './settings.ts';
import { type ModelVersions, nextNumber, versionOfRun } from './versions.ts';

const REGISTRAR = 'registrar';

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
  const { metrics, primaryMetric, baseline } = evaluation;
  const weakness = belowFloor(evaluation, settings);
  if (weakness) return refuse(candidate, 'BELOW_FLOOR', weakness);
  const rival = inProduction(model.decisions)?.version;
  if (rival === undefined) return promote(candidate, model, 'the first version has no rival', REGISTRAR);
  if (baseline?.version !== rival) return [compareWith(model.registered.get(rival)!, candidate)];

  const { metric = primaryMetric, margin } = settings;
  const comparison = compare(evaluation, baseline, metric, margin);
  if (!comparison) {
    const names = Object.keys(metrics).join(', ');
    return refuse(candidate, 'METRIC_MISSING', `it was not measured by ${metric}, but by ${names}`);
  }
  return isBetter(comparison, margin)
    ? promote(candidate, model, comparison.summary, REGISTRAR)
    : refuse(candidate, 'NOT_BETTER', comparison.summary);
}

/** Why a candidate is of no use, whatever it is compared with: it is no better than one constant answer. */
function belowFloor(evaluation: EvaluationCompleted, { minAccuracy }: RegistrarSettings): string | undefined {
  const { accuracy, r2 } = evaluation.metrics;
  const floor = Math.max(minAccuracy, majorityBaseline(evaluation));
  if (accuracy !== undefined && accuracy <= floor) {
    return `its accuracy of ${rounded(accuracy)} does not exceed ${rounded(floor)}`;
  }
  if (r2 === undefined || r2 > 0) return undefined;
  return `its r2 of ${rounded(r2)} does not exceed 0: to answer with the mean would be as good`;
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
