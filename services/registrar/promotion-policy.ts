import { evidenceOf } from '../../ml/gates/evidence.ts';
import { evaluateGates, faultOf, type GateFault, isRelative } from '../../ml/gates/gates.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { EvaluationCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { guardOf } from '../../schemas/models/policy.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { compareWith } from './again.ts';
import { compare, isBetter } from './comparison.ts';
import { approve } from './deployment.ts';
import { gatesTold } from './gating.ts';
import { nextNumber } from './numbers.ts';
import { promote } from './promotion.ts';
import { isReviewed, openByItself } from './review.ts';
import { type ModelVersions, versionOfRun } from './versions.ts';

const REGISTRAR = 'registrar';

/**
 * Applies the policy of the model to an evaluation: the version of a run is registered once, and promoted when it passes the
 * gates and beats the version in production by the margin. Evaluations that belong to no run are ignored.
 */
export function applyPolicy(model: ModelVersions, evaluation: EvaluationCompleted, now: number): NewEvent[] {
  const { runId, datasetId, modelHash } = evaluation;
  if (runId === null || datasetId === null || modelHash === null) return [];
  const registered = versionOfRun(model, runId);
  if (registered && !model.undecided.has(registered.version)) return [];

  const { evaluationId, metrics, primaryMetric } = evaluation;
  const candidate: VersionRegistered = {
    model: evaluation.model,
    version: registered?.version ?? nextNumber(model, { runId, datasetId, modelHash }),
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
  return [...registration, ...decideOn(candidate, model, evaluation, now)];
}

function decideOn(
  candidate: VersionRegistered,
  model: ModelVersions,
  evaluation: EvaluationCompleted,
  now: number,
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
  const outcome = decideBeside(candidate, evaluation, model);
  if (outcome.code !== null) return [...told, ...refuse(candidate, outcome.code, outcome.reason)];
  return [...told, ...release(candidate, model, outcome.reason, now)];
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
    const verdict = evaluateGates(evidence, guardOf(model.policy.promotion, environment), rival);
    const about = { model: name, version, target: environment, requestedBy: REGISTRAR };
    return { verdict, told: gatesTold(model, about, verdict, evidence) };
  });
  return { told: verdicts.flatMap(({ told }) => told), fault: faultOf(verdicts[0]!.verdict) };
}

/** Whether a version that passes the gates is better than the one in production; else the code of why it is not. */
function decideBeside(
  candidate: VersionRegistered,
  { metrics, baseline, ...evaluation }: EvaluationCompleted,
  model: ModelVersions,
): { code: string | null; reason: string } {
  const { promotion } = model.policy;
  if (inProduction(model.decisions) === undefined || baseline === null) {
    return { code: null, reason: 'the first version has no rival' };
  }
  const metric = candidate.primaryMetric;
  const comparison = compare({ ...evaluation, metrics }, baseline, metric, promotion);
  if (!comparison) {
    const names = Object.keys(metrics).join(', ');
    return { code: 'METRIC_MISSING', reason: `it was not measured by ${metric}, but by ${names}` };
  }
  return { code: isBetter(comparison, promotion) ? null : 'NOT_BETTER', reason: comparison.summary };
}

/** Lets a version go where the policy says: to people who review it, to another environment first, by stages, or at once. */
function release(
  candidate: VersionRegistered,
  model: ModelVersions,
  reason: string,
  now: number,
): NewEvent[] {
  const { strategy, requires } = model.policy.rollout;
  const [required] = Object.keys(requires);
  if (required === undefined && !isReviewed(model, candidate.version))
    return openByItself(candidate, model, reason, now);
  const isFirst = inProduction(model.decisions) === undefined;
  return required === undefined && (isFirst || strategy === 'immediate')
    ? promote(candidate, model, reason, REGISTRAR)
    : approve(candidate, reason, required);
}

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
