import type { NewEvent, RecordedEvent } from '../../../schemas/catalogue.ts';
import type { MlflowError } from '../errors.ts';
import type { Entities, Experiment, LoggedModel, RegisteredModel, Run, StoredFile } from './entities.ts';
import { EXPERIMENT_RULES } from './experiments.ts';
import { LOGGED_MODEL_RULES } from './logged-models.ts';
import { REGISTRY_RULES } from './registry.ts';
import { RUN_RULES } from './runs.ts';

const RULES = { ...EXPERIMENT_RULES, ...RUN_RULES, ...LOGGED_MODEL_RULES, ...REGISTRY_RULES };

export type TrackedType = keyof typeof RULES;
export type TrackedEvent = NewEvent<TrackedType>;

export const TRACKED_TYPES = Object.keys(RULES) as readonly TrackedType[];

export const isTracked = (event: RecordedEvent): event is RecordedEvent<TrackedType> =>
  Object.hasOwn(RULES, event.type);

/**
 * Everything that tracking clients have logged, but for the histories of metrics, which the warehouse holds. Each process
 * folds it from the same events in the same order, by the same rules: so all agree on what has taken effect.
 */
export class Tracking implements Entities {
  readonly experiments = new Map<string, Experiment>();
  /** ids, by name */
  readonly experimentNames = new Map<string, string>();
  readonly runs = new Map<string, Run>();
  readonly models = new Map<string, LoggedModel>();
  /** by the name of today */
  readonly registered = new Map<string, RegisteredModel>();
  /** the name of today, by that at the creation */
  readonly registeredKeys = new Map<string, string>();
  /** by root, then path */
  readonly files = new Map<string, Map<string, StoredFile>>();

  constructor() {
    EXPERIMENT_RULES.TrackedExperimentCreated.apply(this, DEFAULT_EXPERIMENT, 0);
  }

  /** Why an event would have no effect now. */
  refusal(event: TrackedEvent): MlflowError | undefined {
    return ruleOf(event).refusal(this, event.data);
  }

  /** Takes an event of the log in, unless it breaks a rule: then returns which. */
  evolve(event: RecordedEvent<TrackedType>): MlflowError | undefined {
    const rule = ruleOf(event);
    const refusal = rule.refusal(this, event.data);
    if (!refusal) rule.apply(this, event.data, event.time);
    return refusal;
  }
}

/** The experiment of runs that name none. It is there before anything is logged. */
const DEFAULT_EXPERIMENT = {
  experimentId: '0',
  name: 'Default',
  artifactLocation: null,
  tags: [],
  requestedBy: 'epochlog',
};

interface AnyRule {
  refusal(state: Entities, data: object): MlflowError | undefined;
  apply(state: Entities, data: object, at: number): void;
}

const ruleOf = ({ type }: { type: TrackedType }): AnyRule => RULES[type] as AnyRule;
