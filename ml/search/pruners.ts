import { type Direction, lossOf, type Report, type Trial } from './trial.ts';

/** When a trial is ended before its end. */
export type PrunerChoice =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'median' } & Patience)
  | ({ readonly kind: 'percentile'; readonly percentile: number } & Patience)
  | {
      readonly kind: 'successive_halving';
      /** reports before the first decision */
      readonly min_resource: number;
      /** of so many trials one goes on, which then has so many times the reports until the next decision */
      readonly reduction_factor: number;
    };

interface Patience {
  /** completed trials before the first is pruned */
  readonly startup_trials: number;
  /** reports of a trial before it is pruned */
  readonly warmup_steps: number;
}

/**
 * Whether a running trial is to be ended after its last report: a function of the reports there are.
 *
 * @param others all trials but this one
 */
export function isPruned(
  choice: PrunerChoice,
  trial: Trial,
  others: readonly Trial[],
  direction: Direction,
): boolean {
  switch (choice.kind) {
    case 'none':
      return false;
    case 'median':
      return isBelowPercentile(50, choice, trial, others, direction);
    case 'percentile':
      return isBelowPercentile(choice.percentile, choice, trial, others, direction);
    case 'successive_halving':
      return isHalved(choice, trial, others, direction);
  }
}

/** Its best report is worse than the percentile of the completed trials at the same step, as in Optuna. */
function isBelowPercentile(
  percentile: number,
  { startup_trials, warmup_steps }: Patience,
  { reports }: Trial,
  others: readonly Trial[],
  direction: Direction,
): boolean {
  const last = reports.at(-1);
  const completed = others.filter(({ state }) => state === 'completed');
  if (!last || completed.length < Math.max(1, startup_trials) || last.step < warmup_steps) return false;
  const best = lossesOf(reports, direction).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const same = completed.flatMap((trial) => trial.reports.filter(({ step }) => step === last.step));
  const limit = percentileOf(lossesOf(same, direction), percentile);
  return limit !== undefined && best > limit;
}

/** Without those that are no number. */
const lossesOf = (reports: readonly Report[], direction: Direction): number[] =>
  reports.map(({ value }) => lossOf(direction, value)).filter((loss) => !Number.isNaN(loss));

/** Interpolated between the two values around it; undefined for no values. */
function percentileOf(values: readonly number[], percentile: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percentile / 100) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below === above ? below : below + (at % 1) * (above - below);
}

/**
 * Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning"): at each rung,
 * the first report at or after min_resource × reduction_factor^rung, a trial goes on if it is among the best of those
 * that have reached it, one of reduction_factor; the only one does while there are too few to choose from.
 */
function isHalved(
  { min_resource, reduction_factor }: PrunerChoice & { kind: 'successive_halving' },
  trial: Trial,
  others: readonly Trial[],
  direction: Direction,
): boolean {
  const last = trial.reports.at(-1);
  if (!last) return false;
  for (let resource = min_resource; resource <= last.step; resource *= reduction_factor) {
    const own = lossAt(trial, resource, direction)!;
    if (Number.isNaN(own)) return true;
    const rivals = others.flatMap((other) => lossAt(other, resource, direction) ?? []);
    const competing = [own, ...rivals].filter((loss) => !Number.isNaN(loss)).sort((a, b) => a - b);
    const going = Math.max(1, Math.floor(competing.length / reduction_factor));
    if (own > competing[going - 1]!) return true;
  }
  return false;
}

function lossAt({ reports }: Trial, resource: number, direction: Direction): number | undefined {
  const report = reports.find(({ step }) => step >= resource);
  return report && lossOf(direction, report.value);
}
