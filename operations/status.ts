import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';
import { declaredModels } from './declared.ts';
import { readModel } from './production.ts';

/** A model: what is in production, and whether it answers. */
export interface ModelStatus {
  readonly model: string;
  readonly task: string;
  readonly engine: string;
  /** version in production; null when there is none */
  readonly version: string | null;
  /** since when, milliseconds since the epoch */
  readonly since: number | null;
  readonly primaryMetric: string | null;
  /** of the primary metric, on its test samples */
  readonly value: number | null;
  /** what each instance of the predictor said last: a version that it serves, or null when it cannot */
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

/** Every model that is declared or has a version, by name. */
export async function modelStatuses(events: EventReader): Promise<ModelStatus[]> {
  const declared = await declaredModels(events);
  const statuses: ModelStatus[] = [];
  for (const [model, { task, engine }] of [...declared].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { production, versions, served } = await readModel(events, model);
    const registered = versions.get(production?.data.version ?? '')?.data;
    statuses.push({
      model,
      task,
      engine,
      version: production?.data.version ?? null,
      since: production ? momentOf(production) : null,
      primaryMetric: registered?.primaryMetric ?? null,
      value: registered?.metrics[registered.primaryMetric] ?? null,
      served: served.map(({ type, data }) => ({
        instance: data.instance,
        version: type === 'VersionServing' ? data.version : null,
      })),
    });
  }
  return statuses;
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
