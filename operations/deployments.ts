import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';
import {
  NO_RELEASES,
  type Release,
  type Releases,
  withRelease,
} from '../schemas/deployments/environments.ts';
import { DEPLOYMENT_FACTS, type RunningDeployment, withDeployment } from '../schemas/deployments/running.ts';

const FACTS = [...DEPLOYMENT_FACTS, 'StagePassed', 'StageFailed', 'DeploymentRefused'] as const;
const SCANNED = [...FACTS, 'ModelRetired'] as const;
type Fact = LoggedEvent<(typeof FACTS)[number]>;

/** What the log says of the deployments of a model. */
export interface Deployments {
  /** one for each environment at most */
  readonly running: readonly RunningDeployment[];
  /** all that was decided, oldest first */
  readonly facts: readonly Fact[];
  /** what was deployed to the environments other than production */
  readonly releases: Releases;
}

interface Read {
  readonly running: Map<string, RunningDeployment>;
  readonly facts: Fact[];
  releases: Releases;
}

/** Reads what the log says of the deployments of each model, up to a moment (milliseconds since the epoch). */
export async function readAllDeployments(
  events: EventReader,
  at = Number.POSITIVE_INFINITY,
): Promise<ReadonlyMap<string, Deployments>> {
  const models = new Map<string, Read>();
  for await (const event of events.scan(SCANNED)) {
    if (momentOf(event) > at) continue;
    const { model } = event.data;
    const read: Read = models.get(model) ?? { running: new Map(), facts: [], releases: NO_RELEASES };
    models.set(model, read);
    if (event.type === 'ModelRetired' || event.type === 'DeploymentCompleted')
      read.releases = withRelease(read.releases, event);
    if (event.type === 'ModelRetired') continue;
    read.facts.push(event);
    if (!isTransition(event)) continue;
    const { environment } = event.data;
    const running = withDeployment(read.running.get(environment), event);
    if (running) read.running.set(environment, running);
    else read.running.delete(environment);
  }
  return new Map(
    [...models].map(([model, { running, facts, releases }]) => [
      model,
      { running: [...running.values()], facts, releases },
    ]),
  );
}

/** The same of one model, whether it was ever deployed or not. */
export async function readDeployments(events: EventReader, model: string, at?: number): Promise<Deployments> {
  const none = { running: [], facts: [], releases: NO_RELEASES };
  return (await readAllDeployments(events, at)).get(model) ?? none;
}

/** What answers in the environments other than production. */
export const latestReleases = ({ releases }: Pick<Deployments, 'releases'>): Release[] =>
  [...releases.values()].flatMap((all) => all.at(-1) ?? []);

/** The last comparison of a deployment. */
export async function lastMeasured(
  events: EventReader,
  { deploymentId }: RunningDeployment,
): Promise<LoggedEvent<'MeasurementCompleted'> | undefined> {
  let last: LoggedEvent<'MeasurementCompleted'> | undefined;
  for await (const event of events.scan(['MeasurementCompleted']))
    if (event.data.parameters.deploymentId === deploymentId) last = event;
  return last;
}

const TRANSITIONS: readonly string[] = DEPLOYMENT_FACTS;
const isTransition = (event: LoggedEvent): event is LoggedEvent<(typeof DEPLOYMENT_FACTS)[number]> =>
  TRANSITIONS.includes(event.type);
