import type { NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import { monitorOf, raise, resolve } from './alerts.ts';
import type { MonitorState } from './state.ts';

export const SERVINGS = ['VersionServing', 'ServingFailed', 'ServingEnded'] as const;
type Report = RecordedEvent<(typeof SERVINGS)[number]>;

/** The instances of the predictor that cannot serve the version in production: name → number of the decision. */
export type Failing = ReadonlyMap<string, number>;

/**
 * The failing instances after a report. Every instance reports on every decision, so one that failed at an earlier
 * decision than the reported one is gone, or will report on this one too.
 */
export function failingAfter(failing: Failing, { type, data }: Report): Failing {
  const { instance, decisionNumber } = data;
  const still = [...failing].filter(([name, decision]) => name !== instance && decision >= decisionNumber);
  return new Map(type === 'ServingFailed' ? [...still, [instance, decisionNumber]] : still);
}

/** The first failing instance raises the alert of its model; it is resolved when none is failing. */
export function alertOnServing(state: MonitorState, event: Report): NewEvent[] {
  const { model, instance } = event.data;
  const monitorId = monitorOf(model, 'serving');
  if (event.type === 'ServingFailed') {
    const { version, served, reason } = event.data;
    const instead = served === null ? 'nothing answers' : `${served} answers instead`;
    return raise(state, {
      monitorId,
      model,
      version,
      cause: 'serving',
      reason: `${instance} cannot serve ${version}, ${instead}: ${reason}`,
    });
  }
  if (failingAfter(state.failing.get(model) ?? new Map(), event).size > 0) return [];
  const how = event.type === 'VersionServing' ? `${event.data.version} is served` : `${model} is retired`;
  return resolve(state, monitorId, how);
}
