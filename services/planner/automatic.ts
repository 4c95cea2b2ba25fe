import { EXTERNAL_ENGINE } from '../../ml/engines.ts';
import { type NewEvent, newEvent, type Timer } from '../../schemas/catalogue.ts';
import { isSettled } from './corpus.ts';
import { chosenBy, inUse, plan, type Trigger } from './plan.ts';
import { corpusOf, type Plans, plansOf, type State } from './state.ts';

/** A trigger, and the time from which it holds. */
interface DueTrigger extends Trigger {
  /** milliseconds since the epoch; minus infinity for one that does not depend on time, so that no clock matters */
  at: number;
}

/**
 * Plans trainings without a request, as the policy of each model says: on an alert about the version in production, on
 * new samples, or by age, once the corpus is settled. A model's first training is always requested.
 *
 * @param now time of the event that is decided on, milliseconds since the epoch
 */
export function automaticTriggers(state: State, now: number): NewEvent[] {
  return [...state.models].flatMap(([model, { declared }]) => {
    const trigger = triggersOf(state, model).find(({ at }) => at <= now);
    return declared && trigger
      ? plan(state, declared, trigger, chosenBy(inUse(plansOf(state, model), declared)))
      : [];
  });
}

/** A timer for each trigger that only waits: until the last training is old enough, or the cool-down has ended. */
export const timers = (state: State): Timer[] =>
  [...state.models].flatMap(([model, { policy, cameDue }]) => {
    const { coolDown, maximumAge } = policy.retraining;
    if (coolDown === null && maximumAge === null) return [];
    const dueAt = Math.min(...triggersOf(state, model).map(({ at }) => at));
    if (dueAt <= cameDue || dueAt === Number.POSITIVE_INFINITY) return [];
    const event = newEvent('RetrainingDue', { model, dueAt, policyVersion: policy.version });
    return [{ id: model, dueAt, event }];
  });

/** What triggers a training of a model, now or later, the most urgent first. */
function triggersOf(state: State, model: string): DueTrigger[] {
  const plans = plansOf(state, model);
  const { declared, decision, running, samplesAtLast, policy } = plans;
  const corpus = corpusOf(state, declared?.task);
  if (!declared || !decision?.production || running || !isSettled(corpus)) return [];
  if (declared.engine === EXTERNAL_ENGINE) return []; // its trainer is outside, and sees the alert

  const { newSamples, maximumAge, minimumNewSamples, coolDown } = policy.retraining;
  const fresh = corpus.accepted - samplesAtLast;
  const last = plans.plannedAt ?? decision.since;
  const cool = coolDown === null ? Number.NEGATIVE_INFINITY : last + coolDown;
  const triggers: DueTrigger[] = [];

  const alert = triggeringAlert(plans, decision.production.version);
  const isWorthIt = fresh >= minimumNewSamples * samplesAtLast;
  if (alert && isWorthIt) triggers.push({ ...alert, at: cool });
  if (newSamples !== null && fresh > newSamples * samplesAtLast) {
    const reason = `${fresh} new samples since the last training on ${samplesAtLast}`;
    triggers.push({ cause: 'new_samples', reason, at: cool });
  }
  if (maximumAge !== null && isWorthIt) {
    const reason = `the last training was on ${new Date(last).toISOString()}`;
    triggers.push({ cause: 'age', reason, at: Math.max(cool, last + maximumAge) });
  }
  return triggers;
}

/** Causes of alerts that a training on new data may resolve, and of the plans that follow. */
const PLANNED_ON: ReadonlyMap<string, 'drift' | 'quality' | 'calibration'> = new Map([
  ['drift', 'drift'],
  ['quality', 'quality'],
  ['conceptDrift', 'quality'],
  ['calibration', 'calibration'],
]);

/** The first open alert about the version in production that new training data may resolve, and the policy trains on. */
function triggeringAlert({ alerts, policy }: Plans, version: string): Trigger | undefined {
  const { onDrift, onQuality, onCalibration } = policy.retraining;
  const wanted = { drift: onDrift, quality: onQuality, calibration: onCalibration };
  for (const { version: about, cause: alerted, reason } of alerts.values()) {
    const cause = PLANNED_ON.get(alerted);
    if (cause && wanted[cause] && about === version) return { cause, reason };
  }
  return undefined;
}
