import { didYouMean } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { DeploymentAbortRequested, DeploymentRequested } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { rollBack, shift } from './stages.ts';
import { type Deployable, NOTHING } from './state.ts';

const STRATEGIES = ['immediate', 'blue-green', 'canary', 'shadow'];
const DEFAULT_STAGES = [5, 10, 25, 50, 100];

/**
 * Starts a deployment, unless one is running or the version cannot take over. Where nothing is in production there is
 * nothing to compare with, and the version takes over at once.
 */
export function start(model: Deployable, request: DeploymentRequested): NewEvent[] {
  const refusal = refusalOf(model, request);
  const { version: policyVersion, rollout } = model.policy;
  const { target, deploymentId, environment, version, reason, requestedBy } = request;
  const common = { target, deploymentId, model: request.model, environment, version };
  if (refusal) return [newEvent('DeploymentRefused', { ...common, ...refusal, requestedBy, policyVersion })];

  const previous = inProduction(model.decisions)?.version ?? null;
  const strategy = previous === null ? 'immediate' : (request.strategy ?? rollout.strategy);
  const started = newEvent('DeploymentStarted', {
    ...common,
    package: model.packages.get(version)!,
    previous,
    strategy,
    stages: stagesOf(strategy, rollout.stages),
    reason,
    requestedBy,
    policyVersion,
  });
  if (strategy !== 'immediate') return [started];
  const running = {
    ...common,
    previous,
    strategy,
    stages: [100],
    stage: 0,
    share: 0,
    requestedBy,
    policyVersion,
  };
  const why = previous === null ? 'nothing is in production to compare with' : 'asked for at once';
  return [started, ...shift(running, why)];
}

/** The shares of a strategy, the last of which is the whole traffic. A shadow gets none. */
function stagesOf(strategy: string, ofPolicy: readonly number[]): number[] {
  if (strategy === 'shadow') return [];
  if (strategy !== 'canary') return [100];
  const stages = ofPolicy.length > 0 ? [...ofPolicy] : DEFAULT_STAGES;
  return stages.at(-1) === 100 ? stages : [...stages, 100];
}

type Refusal = { code: 'CONFLICT' | 'NOT_FOUND' | 'INPUT_INVALID'; reason: string };

function refusalOf(
  { running, packages, decisions }: Deployable,
  { model, version, environment, strategy }: DeploymentRequested,
): Refusal | undefined {
  if (environment !== PRODUCTION) {
    const reason = `there is no environment ${environment}: this version of epochlog knows only ${PRODUCTION}`;
    return { code: 'INPUT_INVALID', reason };
  }
  if (strategy !== null && !STRATEGIES.includes(strategy)) {
    return { code: 'INPUT_INVALID', reason: `there is no strategy ${strategy}: ${STRATEGIES.join(', ')}` };
  }
  if (!packages.has(version)) {
    const versions = [...packages.keys()];
    const registered = versions.slice(-10).join(', ') || 'none';
    return {
      code: 'NOT_FOUND',
      reason: `there is no ${version} of ${model}; registered: ${registered}${didYouMean(version, versions)}`,
    };
  }
  if (running) {
    const { version: other, strategy: how, stage, stages } = running;
    const where = stage === 0 ? 'it is being loaded' : `stage ${stage} of ${Math.max(1, stages.length)}`;
    const advice = `wait for it, or end it: epochlog deploy abort --model ${model}`;
    return { code: 'CONFLICT', reason: `${other} is being deployed (${how}, ${where}); ${advice}` };
  }
  if (isRetired(decisions)) {
    const advice = 'promote one of its versions to bring it back';
    return { code: 'CONFLICT', reason: `${model} is retired: ${advice}` };
  }
  return inProduction(decisions)?.version === version
    ? { code: 'CONFLICT', reason: `${version} of ${model} is in production already` }
    : undefined;
}

/** Ends the running deployment, if there is one. */
export function abort({ running, policy }: Deployable, request: DeploymentAbortRequested): NewEvent[] {
  const { reason, requestedBy } = request;
  if (running) return rollBack(running, 'ABORTED', reason, requestedBy);
  const { target, model, environment } = request;
  return [
    newEvent('DeploymentRefused', {
      target,
      deploymentId: null,
      model,
      environment,
      version: null,
      code: 'NOT_FOUND',
      reason: `nothing of ${model} is being deployed`,
      requestedBy,
      policyVersion: policy.version,
    }),
  ];
}

export const deployableOf = (state: ReadonlyMap<string, Deployable>, model: string): Deployable =>
  state.get(model) ?? NOTHING;
