import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';
import { DEPLOYMENT_FACTS, type RunningDeployment, withDeployment } from '../schemas/deployments/running.ts';

const FACTS = [...DEPLOYMENT_FACTS, 'StagePassed', 'StageFailed', 'DeploymentRefused'] as const;

/** What the log says of the deployments of a model. */
export interface Deployments {
  /** undefined when none is running */
  readonly running: RunningDeployment | undefined;
  /** all that was decided, oldest first */
  readonly facts: readonly LoggedEvent<(typeof FACTS)[number]>[];
  /** the last comparison of the running one */
  readonly measured: LoggedEvent<'MeasurementCompleted'> | undefined;
}

/** Reads what the log says of the deployments of a model, up to a moment (milliseconds since the epoch). */
export async function readDeployments(
  events: EventReader,
  model: string,
  at = Number.POSITIVE_INFINITY,
): Promise<Deployments> {
  const facts: LoggedEvent<(typeof FACTS)[number]>[] = [];
  let running: RunningDeployment | undefined;
  for await (const event of events.scan(FACTS)) {
    if (event.data.model !== model || momentOf(event) > at) continue;
    facts.push(event);
    if (isTransition(event)) running = withDeployment(running, event);
  }
  return { running, facts, measured: running && (await lastMeasured(events, running, at)) };
}

async function lastMeasured(
  events: EventReader,
  { deploymentId }: RunningDeployment,
  at: number,
): Promise<LoggedEvent<'MeasurementCompleted'> | undefined> {
  let last: LoggedEvent<'MeasurementCompleted'> | undefined;
  for await (const event of events.scan(['MeasurementCompleted']))
    if (event.data.parameters.deploymentId === deploymentId && momentOf(event) <= at) last = event;
  return last;
}

const TRANSITIONS: readonly string[] = DEPLOYMENT_FACTS;
const isTransition = (event: LoggedEvent): event is LoggedEvent<(typeof DEPLOYMENT_FACTS)[number]> =>
  TRANSITIONS.includes(event.type);
