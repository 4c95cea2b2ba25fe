import { EpochlogError, type ErrorCode } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { newEvent, type RecordedEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import type { Answered } from './variants.ts';

type Limits = Policy['guard'];

const SLICES = 60;
const MIN_SLICE_MS = 1_000;
/** the share of a p95 that may be slower than its limit */
const SLOW_SHARE = 0.05;

/** What was asked for in a slice of the window. */
interface Slice {
  readonly number: number;
  predictions: number;
  failures: number;
  /** answered requests with one instance: a batch takes longer, and is not slow for that */
  timed: number;
  slow: number;
}

interface Window {
  readonly version: string;
  slices: Slice[];
  /** it was told that the version is out of bounds, and is not told again before then */
  quietUntil: number;
}

type Counts = Omit<Slice, 'number'>;

/** Of the errors of a prediction, those that the client is not the cause of. */
export const isFailureOfModel = (error: unknown): error is EpochlogError =>
  error instanceof EpochlogError && FAILURES_OF_MODEL.has(error.code);

/** as in projections/deployments/queries/guard.sql */
const FAILURES_OF_MODEL: ReadonlySet<ErrorCode> = new Set([
  'INFERENCE_FAILED',
  'INFERENCE_UNAVAILABLE',
  'INFERENCE_TIMEOUT',
]);

/** A version as it did in a window, where that is out of the bounds of its policy. */
export interface Degraded extends Counts {
  /** milliseconds since the epoch */
  readonly since: number;
}

/** Counts what the version in production of one model does, in a bounded number of slices of the window. */
export class GuardWindow {
  #window: Window | undefined;

  /** Counts, and says once in a window that the version is out of bounds. `now` in milliseconds since the epoch. */
  count(version: string, counts: Counts, limits: Limits, now: number): Degraded | undefined {
    const sliceMs = Math.max(MIN_SLICE_MS, limits.window / SLICES);
    const number = Math.floor(now / sliceMs);
    if (this.#window?.version !== version) this.#window = { version, slices: [], quietUntil: 0 };
    const window = this.#window;
    const first = number - Math.ceil(limits.window / sliceMs) + 1;
    window.slices = window.slices.filter((slice) => slice.number >= first);
    let slice = window.slices.at(-1);
    if (slice?.number !== number) {
      slice = { number, predictions: 0, failures: 0, timed: 0, slow: 0 };
      window.slices.push(slice);
    }
    slice.predictions += counts.predictions;
    slice.failures += counts.failures;
    slice.timed += counts.timed;
    slice.slow += counts.slow;
    if (counts.failures === 0 && counts.slow === 0) return undefined;
    const total = sumOf(window.slices);
    if (now < window.quietUntil || !isOutOfBounds(total, limits)) return undefined;
    window.quietUntil = now + limits.window;
    return { ...total, since: window.slices[0]!.number * sliceMs };
  }
}

const sumOf = (slices: readonly Slice[]): Counts =>
  slices.reduce<Counts>(
    (sum, { predictions, failures, timed, slow }) => ({
      predictions: sum.predictions + predictions,
      failures: sum.failures + failures,
      timed: sum.timed + timed,
      slow: sum.slow + slow,
    }),
    { predictions: 0, failures: 0, timed: 0, slow: 0 },
  );

const isOutOfBounds = (
  { predictions, failures, timed, slow }: Counts,
  { minimumSamples, errorRate, p95Ms }: Limits,
): boolean =>
  (errorRate !== null && predictions >= minimumSamples && failures > errorRate * predictions) ||
  (p95Ms !== null && timed >= minimumSamples && slow > SLOW_SHARE * timed);

/**
 * Watches what the versions in production do here, and says in the log when one is out of the bounds of its policy. That is
 * only a suspicion: what is decided on is measured from the log.
 */
export class Guard {
  readonly #context: Pick<ServiceContext, 'recorder' | 'clock' | 'instance' | 'logger'>;
  readonly #limits = new Map<string, Limits>();
  readonly #windows = new Map<string, GuardWindow>();

  constructor(context: Pick<ServiceContext, 'recorder' | 'clock' | 'instance' | 'logger'>) {
    this.#context = context;
  }

  evolve(event: RecordedEvent): void {
    if (event.type === 'PolicyChanged') this.#limits.set(event.data.model, event.data.guard);
  }

  /** Counts the answers of a request, those of the version in production alone. */
  answered(production: ProductionVersion | undefined, answers: readonly Answered[]): void {
    if (!production) return;
    const own = answers.filter(
      ({ version, traffic }) => version === production.version && traffic.failedVersion === null,
    );
    if (own.length === 0) return;
    const isSingle = answers.length === 1;
    const limit = this.#limitsOf(production.model).p95Ms;
    const slow = isSingle && limit !== null && own[0]!.latencyMs > limit ? 1 : 0;
    this.#count(production, { predictions: own.length, failures: 0, timed: isSingle ? 1 : 0, slow });
  }

  /** Counts instances that a version could not answer. */
  failed(production: ProductionVersion | undefined, version: string, instances: number): void {
    if (production?.version !== version) return;
    this.#count(production, { predictions: instances, failures: instances, timed: 0, slow: 0 });
  }

  #limitsOf(model: string): Limits {
    return this.#limits.get(model) ?? DEFAULT_POLICY.guard;
  }

  #count({ model, version, package: digest }: ProductionVersion, counts: Counts): void {
    const { recorder, clock, instance, logger } = this.#context;
    const window = this.#windows.get(model) ?? new GuardWindow();
    this.#windows.set(model, window);
    const degraded = window.count(version, counts, this.#limitsOf(model), clock.now());
    if (!degraded) return;
    const { since, predictions, failures, slow } = degraded;
    const origin = { servingId: newId(clock.now()), model, version, package: digest, instance };
    logger.warn(
      { model, version, predictions, failures, slow },
      'the version in production is out of bounds',
    );
    recorder // after the predictions that it is about
      .publish([newEvent('ServingDegraded', { ...origin, since, predictions, failures, slow })])
      .catch((error: unknown) => logger.error({ err: error }, 'the guard could not tell it'));
  }
}
