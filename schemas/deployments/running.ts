import type { RecordedEvent } from '../catalogue.ts';
import type { DeploymentStarted } from '../events.generated.ts';

/** The environment in which the version in production answers. */
export const PRODUCTION = 'production';
/** Who asks for what the guard of production decides. */
export const GUARD = 'guard';

/** The facts that begin, continue and end a deployment. */
export const DEPLOYMENT_FACTS = [
  'DeploymentStarted',
  'TrafficShifted',
  'DeploymentCompleted',
  'DeploymentRolledBack',
] as const;

export type DeploymentFact = RecordedEvent<(typeof DEPLOYMENT_FACTS)[number]>;

/** A deployment that has not ended, and the share of the traffic that its version has. */
export interface RunningDeployment
  extends Pick<
    DeploymentStarted,
    | 'target'
    | 'deploymentId'
    | 'model'
    | 'environment'
    | 'version'
    | 'package'
    | 'previous'
    | 'strategy'
    | 'stages'
    | 'requestedBy'
  > {
  /** of the event that started it */
  readonly correlationId: string;
  /** 1 is the first; 0 before it has any traffic */
  readonly stage: number;
  /** per cent of the traffic */
  readonly share: number;
  /** when the stage began, milliseconds since the epoch */
  readonly since: number;
}

/** The deployment of a target after a fact; undefined when none is running. Facts come in the order of the log. */
export function withDeployment(
  running: RunningDeployment | undefined,
  { type, data, time, correlationId }: DeploymentFact,
): RunningDeployment | undefined {
  if (type === 'DeploymentStarted') {
    const { target, deploymentId, model, environment, version, previous, strategy, stages } = data;
    const { package: digest, requestedBy } = data;
    const origin = { target, deploymentId, model, environment, version, package: digest, previous };
    return { ...origin, strategy, stages, requestedBy, correlationId, stage: 0, share: 0, since: time };
  }
  if (running?.deploymentId !== data.deploymentId) return running;
  if (type !== 'TrafficShifted') return undefined;
  return { ...running, stage: data.stage, share: data.share, since: time };
}

/** The target of a deployment: one runs in each at a time. */
export const targetOf = (model: string, environment: string): string => `${model}/${environment}`;
