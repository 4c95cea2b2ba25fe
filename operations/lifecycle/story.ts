import type { Position } from '../../kernel/ports/log.ts';
import { type EventReader, type LoggedEvent, streamOf } from '../../schemas/catalogue.ts';
import { type Measured, measuredBy } from '../../schemas/evaluations/measured.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { type LifecycleIds, lifecycleIds } from './ids.ts';

/**
 * The events that tell the story of a lifecycle, in the order in which they are read: an event then follows the one that
 * it is about, also where they lie in different streams.
 */
const ROUNDS = [
  ['PolicyChanged', 'CollectionRequested', 'TrainingPlanRequested'],
  ['PredictionServed'],
  ['OutcomeReported'],
  [
    'DriftMeasured',
    'AlertRaised',
    'TrainingPlanned',
    'TrainingPlanConcluded',
    'TrainingCompleted',
    'EvaluationCompleted',
    'VersionRegistered',
    'VersionPromoted',
    'PromotionRefused',
    'VersionArchived',
    'VersionRolledBack',
  ],
] as const;

type StoryEvent = LoggedEvent<(typeof ROUNDS)[number][number]>;

/** One month of predictions whose targets are known. */
export interface MonthStory {
  /** YYYY-MM */
  readonly month: string;
  /** predicted, and with a known target */
  readonly records: number;
  /** that answered, in the order of their first answer */
  readonly versions: readonly string[];
  /** of the metric, by the versions that answered; null without a known target */
  readonly value: number | null;
  /** of the metric, by the first version on the same records */
  readonly firstValue: number | null;
  readonly drift: readonly DriftStory[];
}

/** A window of predictions beside the reference: its feature that moved most. */
export interface DriftStory {
  readonly feature: string;
  readonly psi: number;
  /** PSI from which a feature has drifted, by the policy */
  readonly limit: number;
  /** those that drifted */
  readonly drifted: readonly string[];
}

/** A training, and what became of its version. */
export interface TrainingStory {
  /** in which it was; null before the first month */
  readonly month: string | null;
  readonly cause: string;
  readonly reason: string;
  readonly samples: number;
  readonly seconds: number | null;
  /** promoted, refused, failed or cancelled; null while it runs */
  readonly outcome: string | null;
  /** why */
  readonly why: string | null;
  readonly version: string | null;
  readonly measured: Measured | null;
}

export interface DecisionStory {
  readonly version: string;
  /** registered, promoted, refused, archived or rolled_back */
  readonly change: string;
  readonly reason: string | null;
  /** when it was written, milliseconds since the epoch */
  readonly time: number;
  readonly month: string | null;
}

interface Predicted {
  readonly month: string;
  readonly version: string;
  readonly answer: string | number;
}

interface MonthState {
  records: number;
  /** of 1 for a right label, or of squared errors */
  sum: number;
  readonly versions: Set<string>;
  firstValue: number | null;
  readonly drift: DriftStory[];
}

interface Plan extends Pick<TrainingStory, 'month' | 'cause' | 'reason' | 'samples'> {
  readonly runId: string;
  outcome: string | null;
  why: string | null;
  version: string | null;
}

/** of the right answers that are kept */
const MAX_RIGHT = 200;
const CHANGES: Readonly<Record<string, string>> = {
  VersionRegistered: 'registered',
  VersionPromoted: 'promoted',
  PromotionRefused: 'refused',
  VersionArchived: 'archived',
  VersionRolledBack: 'rolled_back',
};

/**
 * The story of a model's lifecycle, as a fold of events. What follows from the lifecycle's own requests belongs to it; a
 * prediction, a training or a promotion that someone else asked for does not.
 */
export class Story {
  readonly model: string;
  readonly metric: string;
  readonly #ids: LifecycleIds;
  /** where reading continues */
  #read: readonly Position[] = [];
  /** correlation ids of the requests of the lifecycle */
  readonly #own = new Set<string>();
  /** predictions whose target is not known yet, by request */
  readonly #open = new Map<string, Predicted>();
  readonly #months = new Map<string, MonthState>();
  /** times at which months began in the log, oldest first */
  readonly #begins: { time: number; month: string }[] = [];
  readonly #plans = new Map<string, Plan>();
  readonly #seconds = new Map<string, number>();
  readonly #evaluations = new Map<string, EvaluationCompleted>();
  readonly decisions: DecisionStory[] = [];
  readonly latencies: number[] = [];
  /** alerts by cause */
  readonly alerts = new Map<string, number>();
  policy: PolicyInForce = DEFAULT_POLICY;
  /** the last predictions that were right, at most a few: by request, what answered */
  readonly right = new Map<string, { version: string; label: string }>();

  constructor(model: string, metric: string) {
    this.model = model;
    this.metric = metric;
    this.#ids = lifecycleIds(model);
  }

  /** Reads what the log holds beyond what has been read, each event once. */
  async advance(events: EventReader): Promise<void> {
    const ends = new Map<string, readonly Position[]>();
    for (const stream of new Set(ROUNDS.flat().map(streamOf)))
      ends.set(stream, await events.endOffsets([stream]));
    for (const types of ROUNDS) {
      const upTo = [...new Set(types.map(streamOf))].flatMap((stream) => ends.get(stream) ?? []);
      for await (const event of events.scan<StoryEvent['type']>(types, upTo, this.#read)) this.#apply(event);
    }
    this.#read = [...ends.values()].flat();
  }

  #apply(event: StoryEvent): void {
    if (!this.#isOwn(event)) return;
    switch (event.type) {
      case 'PolicyChanged':
        this.policy = withPolicy(this.policy, event.data);
        break;
      case 'CollectionRequested':
      case 'TrainingPlanRequested':
        break;
      case 'PredictionServed':
        this.#predicted(event);
        break;
      case 'OutcomeReported':
        this.#reported(event.data);
        break;
      case 'DriftMeasured':
        this.#drifted(event);
        break;
      case 'AlertRaised':
        this.alerts.set(event.data.cause, (this.alerts.get(event.data.cause) ?? 0) + 1);
        break;
      case 'TrainingPlanned': {
        const { planId, cause, reason, samples, runId } = event.data;
        const open = { outcome: null, why: null, version: null };
        this.#plans.set(planId, { month: this.#monthAt(event.time), cause, reason, samples, runId, ...open });
        break;
      }
      case 'TrainingPlanConcluded': {
        const { planId, outcome, reason: why, version } = event.data;
        const plan = this.#plans.get(planId);
        if (plan) Object.assign(plan, { outcome, why, version });
        break;
      }
      case 'TrainingCompleted':
        this.#seconds.set(event.data.runId, event.data.seconds);
        break;
      case 'EvaluationCompleted':
        this.#evaluated(event.data);
        break;
      default: {
        const { version } = event.data;
        const reason = 'reason' in event.data ? event.data.reason : null;
        const { time } = event;
        const month = this.#monthAt(time);
        this.decisions.push({ version, change: CHANGES[event.type] ?? event.type, reason, time, month });
      }
    }
  }

  get months(): MonthStory[] {
    return [...this.#months]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([month, { records, sum, versions, firstValue, drift }]) => {
        const mean = sum / records;
        const value = records === 0 ? null : this.metric === 'rmse' ? Math.sqrt(mean) : mean;
        return { month, records, versions: [...versions], value, firstValue, drift };
      });
  }

  get trainings(): TrainingStory[] {
    return [...this.#plans.values()].map(({ runId, ...plan }) => {
      const evaluation = this.#evaluations.get(runId);
      const measured = evaluation ? measuredBy(evaluation, this.policy.promotion.metric) : null;
      return { ...plan, seconds: this.#seconds.get(runId) ?? null, measured };
    });
  }

  /** Whether an event is of the lifecycle: one of its requests, or what followed from one. */
  #isOwn(event: StoryEvent): boolean {
    const { type, data, correlationId } = event;
    if ('model' in data && data.model !== this.model) return false;
    if (type === 'PolicyChanged') return true;
    const isRequest =
      (type === 'CollectionRequested' && this.#ids.isOwn(data.collectionId)) ||
      (type === 'TrainingPlanRequested' && data.requestedBy === 'lifecycle') ||
      (type === 'PredictionServed' && this.#ids.isOwn(data.requestId)) ||
      (type === 'OutcomeReported' && this.#open.has(data.requestId)) ||
      (type === 'EvaluationCompleted' && this.#ids.isOwn(data.evaluationId));
    if (isRequest) this.#own.add(correlationId);
    return this.#own.has(correlationId);
  }

  #predicted({ time, data }: LoggedEvent<'PredictionServed'>): void {
    const { requestId, version, label, value, latencyMs, instant } = data;
    if (!this.#ids.isOwn(requestId)) return;
    const month = new Date(instant).toISOString().slice(0, 7);
    if (this.#begins.at(-1)?.month !== month) this.#begins.push({ time, month });
    this.#month(month).versions.add(version);
    this.#open.set(requestId, { month, version, answer: label ?? value ?? Number.NaN });
    this.latencies.push(latencyMs);
  }

  #reported({ requestId, label, value }: LoggedEvent<'OutcomeReported'>['data']): void {
    const predicted = this.#open.get(requestId);
    const truth = label ?? value;
    if (!predicted || truth === null) return;
    this.#open.delete(requestId);
    const month = this.#month(predicted.month);
    const { answer, version } = predicted;
    month.records += 1;
    month.sum += typeof truth === 'number' ? (Number(answer) - truth) ** 2 : Number(answer === truth);
    if (label === null || answer !== label) return;
    this.right.set(requestId, { version, label });
    const [oldest] = this.right.keys();
    if (this.right.size > MAX_RIGHT && oldest !== undefined) this.right.delete(oldest);
  }

  #drifted({ data: { to, features } }: LoggedEvent<'DriftMeasured'>): void {
    const [most] = features.toSorted((a, b) => b.psi - a.psi);
    if (!most) return;
    const drifted = features.filter(({ drifted }) => drifted).map(({ feature }) => feature);
    const { feature, psi } = most;
    const month = this.#month(new Date(to).toISOString().slice(0, 7));
    month.drift.push({ feature, psi, limit: this.policy.drift.psi, drifted });
  }

  #evaluated(evaluation: EvaluationCompleted): void {
    const { evaluationId, runId, metrics } = evaluation;
    const { firstPrefix } = this.#ids;
    if (evaluationId.startsWith(firstPrefix)) {
      const value = metrics[this.metric];
      if (value !== undefined) this.#month(evaluationId.slice(firstPrefix.length)).firstValue = value;
    } else if (runId !== null) this.#evaluations.set(runId, evaluation);
  }

  #month(name: string): MonthState {
    const found = this.#months.get(name);
    if (found) return found;
    const month = { records: 0, sum: 0, versions: new Set<string>(), firstValue: null, drift: [] };
    this.#months.set(name, month);
    return month;
  }

  #monthAt(time: number): string | null {
    return this.#begins.findLast((begin) => begin.time <= time)?.month ?? null;
  }
}
