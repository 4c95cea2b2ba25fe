import { didYouMean } from '../../kernel/nearest.ts';
import { environment as environmentName } from '../../kernel/texts.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { answeredFor, releasedIn } from '../../schemas/deployments/environments.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { DeploymentAbortRequested, DeploymentRequested } from '../../schemas/events.generated.ts';
import { gatesOf, needsReview } from '../../schemas/models/policy.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { rollBack, shift } from './stages.ts';
import { type Deployable, NOTHING } from './state.ts';

const STRATEGIES = ['immediate', 'blue-green', 'canary', 'shadow'];
const DEFAULT_STAGES = [5, 10, 25, 50, 100];

/**
 * Starts a deployment, unless one is running or the version cannot take over. Where nothing is in production there is
 * nothing to compare with, and the version takes over at once. In another environment it is loaded and validated first.
 * `now` in milliseconds since the epoch.
 */
export function start(model: Deployable, request: DeploymentRequested, now: number): NewEvent[] {
  const refusal = refusalOf(model, request, now);
  const { version: policyVersion, rollout } = model.policy;
  const { target, deploymentId, environment, version, reason, requestedBy } = request;
  const common = { target, deploymentId, model: request.model, environment, version };
  if (refusal) return [newEvent('DeploymentRefused', { ...common, ...refusal, requestedBy, policyVersion })];

  const previous = versionIn(model, environment) ?? null;
  const strategy = strategyOf(environment, previous, request.strategy, rollout.strategy);
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

const versionIn = ({ decisions, releases }: Deployable, environment: string): string | undefined =>
  environment === PRODUCTION ? inProduction(decisions)?.version : releasedIn(releases, environment)?.version;

/** Outside production it is loaded and validated beside what is there, unless a comparison is asked for. */
function strategyOf(
  environment: string,
  previous: string | null,
  asked: string | null,
  ofPolicy: string,
): string {
  if (environment === PRODUCTION) return previous === null ? 'immediate' : (asked ?? ofPolicy);
  return previous === null || asked === null || asked === 'immediate' ? 'blue-green' : asked;
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
  model: Deployable,
  { model: name, version, environment, strategy }: DeploymentRequested,
  now: number,
): Refusal | undefined {
  const { packages, decisions, promoting } = model;
  const { error } = environmentName.safeParse(environment);
  if (error) return { code: 'INPUT_INVALID', reason: `'${environment}' ${error.issues[0]?.message}` };
  if (strategy !== null && !STRATEGIES.includes(strategy)) {
    return { code: 'INPUT_INVALID', reason: `there is no strategy ${strategy}: ${STRATEGIES.join(', ')}` };
  }
  if (!packages.has(version)) {
    const versions = [...packages.keys()];
    const registered = versions.slice(-10).join(', ') || 'none';
    return {
      code: 'NOT_FOUND',
      reason: `there is no ${version} of ${name}; registered: ${registered}${didYouMean(version, versions)}`,
    };
  }
  if (model.expired.has(version)) {
    const reason = `the package of ${version} was deleted by the retention of the policy: train it again`;
    return { code: 'CONFLICT', reason };
  }
  const running = model.running.get(environment);
  if (running) {
    const { version: other, strategy: how, stage, stages } = running;
    const where = stage === 0 ? 'it is being loaded' : `stage ${stage} of ${Math.max(1, stages.length)}`;
    const at = environment === PRODUCTION ? '' : ` --env ${environment}`;
    const advice = `wait for it, or end it: epochlog deploy abort --model ${name}${at}`;
    return { code: 'CONFLICT', reason: `${other} is being deployed (${how}, ${where}); ${advice}` };
  }
  if (isRetired(decisions)) {
    const advice = 'promote one of its versions to bring it back';
    return { code: 'CONFLICT', reason: `${name} is retired: ${advice}` };
  }
  if (environment === PRODUCTION && promoting !== null) {
    const reason = `${promoting} has all the traffic and is being promoted: ask again in a moment`;
    return { code: 'CONFLICT', reason };
  }
  if (versionIn(model, environment) === version) {
    return { code: 'CONFLICT', reason: `${version} of ${name} is in ${environment} already` };
  }
  const closed = closedGate(model, name, version, environment);
  if (closed || environment !== PRODUCTION) return closed;
  if (needsReview(model.policy.review) && !model.reviewed.has(version)) {
    const command = `epochlog review request ${version} --model ${name}`;
    return {
      code: 'CONFLICT',
      reason: `the policy asks for a review, and ${version} has no approved one: ${command}`,
    };
  }
  return missingRequirement(model, name, version, now);
}

/** The gates of the environment, which must have been evaluated. A version that was in production has passed them, or was forced. */
function closedGate(
  { policy, gates, decisions }: Deployable,
  name: string,
  version: string,
  environment: string,
): Refusal | undefined {
  if (gatesOf(policy.promotion, environment).length === 0) return undefined;
  if (decisions.some(({ production }) => production?.version === version)) return undefined;
  const why = gates.get(`${environment}/${version}`);
  if (why === null) return undefined;
  const command = `epochlog gate ${version} --model ${name} --target ${environment}`;
  const reason =
    why === undefined
      ? `the policy has gates for ${environment}, and ${version} was not held against them: ${command}`
      : `${version} does not pass the gates of ${environment}: ${why}; when that has changed: ${command}`;
  return { code: 'CONFLICT', reason };
}

/** A duration as people say it: 45 s, 12 min, 3 h, 2 d. */
function lasting(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const;
  const [unit, size] = units.find(([, size]) => ms >= size) ?? (['s', 1_000] as const);
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}

/** An environment in which the version should have answered before. A version that was in production needs none. */
function missingRequirement(
  { policy, releases, decisions }: Deployable,
  name: string,
  version: string,
  now: number,
): Refusal | undefined {
  if (decisions.some(({ production }) => production?.version === version)) return undefined;
  for (const [environment, required] of Object.entries(policy.rollout.requires)) {
    const answered = answeredFor(releases, environment, version, now);
    if (answered >= required) continue;
    const command = `epochlog deploy ${version} --model ${name} --env ${environment}`;
    const advice =
      answered > 0 && releasedIn(releases, environment)?.version === version
        ? `ask again in ${lasting(required - answered)}`
        : `deploy it there first: ${command}`;
    const reason = `the policy requires ${lasting(required)} in ${environment}, and ${version} has answered there for ${lasting(answered)}; ${advice}`;
    return { code: 'CONFLICT', reason };
  }
  return undefined;
}

/** Ends the running deployment, if there is one. */
export function abort({ running: all, policy }: Deployable, request: DeploymentAbortRequested): NewEvent[] {
  const { reason, requestedBy } = request;
  const running = all.get(request.environment);
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
      reason: `nothing of ${model} is being deployed to ${environment}`,
      requestedBy,
      policyVersion: policy.version,
    }),
  ];
}

export const deployableOf = (state: ReadonlyMap<string, Deployable>, model: string): Deployable =>
  state.get(model) ?? NOTHING;
