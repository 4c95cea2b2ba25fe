import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { compare, isBetter } from './comparison.ts';
import { approve } from './deployment.ts';
import { evidenceOf } from './evidence.ts';
import { evaluateGates, faultOf, type GateFault, isRelative } from './gates.ts';
import { gatesTold } from './gating.ts';
import { promote } from './promotion.ts';
import { type ModelVersions, nextNumber, versionOfRun } from './versions.ts';

const REGISTRAR = 'registrar';

/**
 * Applies the policy of the model to an evaluation: the version of a run is registered once, and promoted when it passes the
 * gates and beats the version in production by the margin. Evaluations that belong to no run are ignored.
 */
export function applyPolicy(model: ModelVersions, evaluation: EvaluationCompleted): NewEvent[] {
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
    primaryMetric: model.policy.promotion.metric ?? primaryMetric,
    policyVersion: model.policy.version,
  };
  if (model.held.has(runId)) return registered ? [] : [newEvent('VersionRegistered', candidate)];
  const registration = registered ? [] : [newEvent('VersionRegistered', candidate)];
  return [...registration, ...decideOn(candidate, model, evaluation)];
}

function decideOn(
  candidate: VersionRegistered,
  model: ModelVersions,
  evaluation: EvaluationCompleted,
): NewEvent[] {
  if (isRetired(model.decisions)) return refuse(candidate, 'CONFLICT', `${candidate.model} is retired`);
  const { baseline } = evaluation;
  const { promotion } = model.policy;
  const rival = inProduction(model.decisions)?.version;
  const [required] = Object.keys(model.policy.rollout.requires);
  const isBeside = rival === undefined || baseline?.version === rival;
  const again = () => [compareWith(model.registered.get(rival!)!, candidate)];
  if (!isBeside && promotion.gates.some(isRelative)) return again();
  const { told, fault } = gatesFor(candidate, model, evaluation, required ?? PRODUCTION);
  if (fault) return [...told, ...refuse(candidate, fault.code, fault.reason)];
  if (!isBeside) return again();
  return [...told, ...decideBeside(candidate, model, evaluation, required)];
}

/** The gates of the environment that a version goes to, and of production, where it goes to later. */
function gatesFor(
  { model: name, version }: VersionRegistered,
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  target: string,
): { told: NewEvent[]; fault: GateFault | undefined } {
  const evidence = evidenceOf(evaluation);
  const rival = inProduction(model.decisions)?.version;
  const verdicts = [...new Set([target, PRODUCTION])].map((environment) => {
    const verdict = evaluateGates(evidence, model.policy.promotion, environment, rival);
    const about = { model: name, version, target: environment, requestedBy: REGISTRAR };
    return { verdict, told: gatesTold(model, about, verdict, evidence) };
  });
  return { told: verdicts.flatMap(({ told }) => told), fault: faultOf(verdicts[0]!.verdict) };
}

/** Decides on a version that passes the gates, beside the one in production. */
function decideBeside(
  candidate: VersionRegistered,
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  required: string | undefined,
): NewEvent[] {
  const { metrics, baseline } = evaluation;
  const { promotion } = model.policy;
  if (inProduction(model.decisions) === undefined || baseline === null) {
    const reason = 'the first version has no rival';
    return required === undefined
      ? promote(candidate, model, reason, REGISTRAR)
      : approve(candidate, reason, required);
  }
  const metric = candidate.primaryMetric;
  const comparison = compare(evaluation, baseline, metric, promotion);
  if (!comparison) {
    const names = Object.keys(metrics).join(', ');
    return refuse(candidate, 'METRIC_MISSING', `it was not measured by ${metric}, but by ${names}`);
  }
  if (!isBetter(comparison, promotion)) return refuse(candidate, 'NOT_BETTER', comparison.summary);
  return model.policy.rollout.strategy === 'immediate' && required === undefined
    ? promote(candidate, model, comparison.summary, REGISTRAR)
    : approve(candidate, comparison.summary, required);
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
    requestedBy: REGISTRAR,
  });

function refuse(
  { model, version, runId, policyVersion }: VersionRegistered,
  code: string,
  reason: string,
): NewEvent[] {
  return [
    newEvent('PromotionRefused', {
      model,
      version,
      runId,
      code,
      reason,
      requestedBy: REGISTRAR,
      policyVersion,
    }),
    newEvent('VersionArchived', { model, version, reason, policyVersion }),
  ];
}
