import { suggestion } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import type {
  ExperimentConcludeRequested,
  ExperimentPromoteRequested,
  ExperimentRequested,
  ExperimentStopRequested,
} from '../../schemas/events.generated.ts';
import { inProduction } from '../../schemas/models/production.ts';
import { metricsOf, problemOf, rulesOf, sizeOf } from './design.ts';
import { type Refusal, refusalOf } from './refusals.ts';
import { type Experiment, type Experimenting, modelOf, runningOf } from './state.ts';

export const EXPERIMENTER = 'experimenter';

interface Asked {
  readonly experimentId: string;
  readonly requestedBy: string;
}

const refuse = (
  state: Experimenting,
  { experimentId, requestedBy }: Asked,
  model: string | null,
  { code, reason }: Refusal,
): NewEvent[] => {
  const policyVersion = model === null ? 0 : modelOf(state, model).policy.version;
  return [newEvent('ExperimentRefused', { experimentId, model, code, reason, requestedBy, policyVersion })];
};

/** Starts an experiment, with everything that it is judged by: a policy that changes meanwhile is for the next one. */
export function start(state: Experimenting, request: ExperimentRequested): NewEvent[] {
  const refusal = refusalOf(state, request);
  if (refusal) return refuse(state, request, request.model, refusal);
  const { policy, versions } = modelOf(state, request.model);
  const { experimentId, model, arms, traffic, audience, ownMetrics, segments, reason, requestedBy } = request;
  const control = versions.get(arms[0]!.version)!;
  const metrics = metricsOf(request, problemOf(control));
  const rules = rulesOf(request, policy);
  const named = [...new Set(arms.map(({ version }) => version))];
  return [
    newEvent('ExperimentStarted', {
      experimentId,
      model,
      arms,
      packages: named.map((version) => ({ version, package: versions.get(version)!.package })),
      traffic,
      audience,
      metrics,
      ownMetrics,
      segments,
      ...rules,
      ...sizeOf(arms, metrics, rules, control),
      reason,
      requestedBy,
      policyVersion: policy.version,
    }),
  ];
}

/** Ends a running experiment without a verdict. */
export function stop(state: Experimenting, request: ExperimentStopRequested): NewEvent[] {
  const found = runningOrRefused(state, request);
  return found.refused ?? [stopped(state, found.running, 'STOPPED', request.reason, request.requestedBy)];
}

/** Asks for a last analysis, with which a running experiment ends. `now` in milliseconds since the epoch. */
export function conclude(
  state: Experimenting,
  request: ExperimentConcludeRequested,
  now: number,
): NewEvent[] {
  const found = runningOrRefused(state, request);
  if (found.refused) return found.refused;
  const { experimentId, reason, requestedBy } = request;
  const { started, reviews, review } = found.running;
  if (review?.concludes) {
    const conflict = `${experimentId} is being concluded: its last analysis is under way`;
    return refuse(state, request, started.model, { code: 'CONFLICT', reason: conflict });
  }
  return [
    newEvent('ExperimentReviewDue', {
      experimentId,
      model: started.model,
      review: reviews + 1,
      concludes: true,
      reason,
      requestedBy,
      dueAt: now,
    }),
  ];
}

type Found =
  | { readonly running: Experiment; readonly refused?: undefined }
  | { readonly running?: undefined; readonly refused: NewEvent[] };

function runningOrRefused(state: Experimenting, request: Asked): Found {
  const found = state.experiments.get(request.experimentId);
  if (!found) return { refused: refuseUnknown(state, request) };
  if (found.state === 'running') return { running: found };
  const reason = `${request.experimentId} was ${found.state} already`;
  return { refused: refuse(state, request, found.started.model, { code: 'CONFLICT', reason }) };
}

function refuseUnknown(state: Experimenting, request: Asked): NewEvent[] {
  const { experimentId } = request;
  const reason = `there is no experiment ${experimentId}; ${suggestion(experimentId, state.experiments.keys())}`;
  return refuse(state, request, null, { code: 'NOT_FOUND', reason });
}

/** Deploys an arm of an experiment that was concluded: that which won, or the one that is named. */
export function promote(state: Experimenting, request: ExperimentPromoteRequested): NewEvent[] {
  const { experimentId, arm: named, reason, requestedBy } = request;
  const found = state.experiments.get(experimentId);
  if (!found) return refuseUnknown(state, request);
  const { arms, model } = found.started;
  const why = whyNotPromoted(found, named);
  if (why) return refuse(state, request, model, why);
  const arm = arms.find(({ name }) => name === (named ?? found.winner))!;
  if (inProduction(modelOf(state, model).decisions)?.version === arm.version) {
    const conflict = `${arm.version}, which is ${arm.name}, is in production already`;
    return refuse(state, request, model, { code: 'CONFLICT', reason: conflict });
  }
  return promotion(state, found, arm.name, reason, requestedBy);
}

function whyNotPromoted({ started, state, winner }: Experiment, named: string | null): Refusal | undefined {
  const { experimentId, arms, model } = started;
  if (state !== 'concluded') {
    const advice =
      state === 'running'
        ? `is running: epochlog experiment conclude ${experimentId}`
        : `was stopped without a verdict: epochlog deploy VERSION --model ${model}`;
    return { code: 'CONFLICT', reason: `${experimentId} ${advice}` };
  }
  const names = arms.map(({ name }) => name);
  if (named === null && winner === null) {
    return {
      code: 'CONFLICT',
      reason: `no arm of ${experimentId} won: name the one to deploy, of ${names.join(', ')}`,
    };
  }
  if (named === null || names.includes(named)) return undefined;
  return { code: 'NOT_FOUND', reason: `${experimentId} has no arm ${named}; ${suggestion(named, names)}` };
}

/** A deployment like any other, as the policy of the model says. */
export function promotion(
  state: Experimenting,
  { started, promotions }: Experiment,
  arm: string,
  reason: string,
  requestedBy: string,
): NewEvent[] {
  const { experimentId, model, arms } = started;
  const { version } = arms.find(({ name }) => name === arm)!;
  const deploymentId = `${experimentId}-promotion-${promotions + 1}`;
  const policyVersion = modelOf(state, model).policy.version;
  return [
    newEvent('ExperimentPromoted', {
      experimentId,
      model,
      arm,
      version,
      deploymentId,
      reason,
      requestedBy,
      policyVersion,
    }),
    newEvent('DeploymentRequested', {
      target: targetOf(model, PRODUCTION),
      deploymentId,
      model,
      environment: PRODUCTION,
      version,
      strategy: null,
      reason,
      requestedBy,
    }),
  ];
}

const stopped = (
  state: Experimenting,
  { started: { experimentId, model } }: Experiment,
  code: string,
  reason: string,
  requestedBy: string,
): NewEvent => {
  const policyVersion = modelOf(state, model).policy.version;
  return newEvent('ExperimentStopped', { experimentId, model, code, reason, requestedBy, policyVersion });
};

/** Ends an experiment that cannot go on. */
export function stopOne(
  state: Experimenting,
  experimentId: string,
  code: string,
  reason: string,
): NewEvent[] {
  const found = state.experiments.get(experimentId);
  return found?.state === 'running' ? [stopped(state, found, code, reason, EXPERIMENTER)] : [];
}

/** Ends the experiments of a model, but for those whose control is the version that went into production. */
export function stopAll(
  state: Experimenting,
  model: string,
  code: string,
  reason: string,
  requestedBy: string,
  version?: string,
): NewEvent[] {
  return runningOf(state, model)
    .filter(({ started }) => started.arms[0]!.version !== version)
    .map((running) => stopped(state, running, code, reason, requestedBy));
}
