import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';
import type { Release } from '../schemas/deployments/environments.ts';
import type { ModelDeclared } from '../schemas/events.generated.ts';
import { declaredModels } from './declared.ts';
import { latestReleases, readAllDeployments } from './deployments.ts';
import { type ModelHistory, readModels } from './production.ts';

/** A model: what is in production, and whether it answers. */
export interface ModelStatus {
  readonly model: string;
  readonly task: string;
  readonly engine: string;
  /** version in production; null when there is none */
  readonly version: string | null;
  /** since when, milliseconds since the epoch */
  readonly since: number | null;
  /** what answers in other environments */
  readonly environments: readonly Release[];
  readonly primaryMetric: string | null;
  /** of the primary metric, on its test samples */
  readonly value: number | null;
  /** what each instance of the predictor said last: the version that it answers with, or null for none */
  readonly served: readonly { readonly instance: string; readonly version: string | null }[];
}

export interface OpenAlert {
  readonly alertId: string;
  readonly model: string;
  readonly version: string;
  readonly cause: string;
  readonly reason: string;
  readonly since: number;
}

/** Every model that is declared, by name. */
export async function modelStatuses(events: EventReader): Promise<ModelStatus[]> {
  const declared = [...(await declaredModels(events)).values()];
  const histories = await readModels(events);
  const deployments = await readAllDeployments(events);
  return declared
    .sort((a, b) => (a.model < b.model ? -1 : 1))
    .map((model) => {
      const deployed = deployments.get(model.model);
      const environments = deployed ? latestReleases(deployed) : [];
      return { ...statusOf(histories.get(model.model)), environments, ...namesOf(model) };
    });
}

const namesOf = ({ model, task, engine }: ModelDeclared) => ({ model, task, engine });

function statusOf(
  history: ModelHistory | undefined,
): Omit<ModelStatus, 'model' | 'task' | 'engine' | 'environments'> {
  const production = history?.production;
  const registered = history?.versions.get(production?.data.version ?? '')?.data;
  return {
    version: production?.data.version ?? null,
    since: production ? momentOf(production) : null,
    primaryMetric: registered?.primaryMetric ?? null,
    value: registered?.metrics[registered.primaryMetric] ?? null,
    served: (history?.served ?? []).map(({ type, data }) => ({
      instance: data.instance,
      version: type === 'VersionServing' ? data.version : type === 'ServingFailed' ? data.served : null,
    })),
  };
}

/** The alerts that are raised and not resolved, oldest first. */
export async function openAlerts(events: EventReader): Promise<OpenAlert[]> {
  const raised: LoggedEvent<'AlertRaised'>[] = [];
  const resolved = new Set<string>();
  for await (const event of events.scan(['AlertRaised', 'AlertResolved'])) {
    if (event.type === 'AlertRaised') raised.push(event);
    else resolved.add(event.data.alertId);
  }
  return raised
    .filter(({ data }) => !resolved.has(data.alertId))
    .sort((a, b) => a.time - b.time)
    .map((event) => {
      const { alertId, model, version, cause, reason } = event.data;
      return { alertId, model, version, cause, reason, since: momentOf(event) };
    });
}
