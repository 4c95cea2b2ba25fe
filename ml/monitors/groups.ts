import { percent, probability } from '../metrics/format.ts';
import { normalQuantile, normalTail } from '../statistics/distributions.ts';
import type { Bounds, Verdict } from './monitor.ts';

/** Fewer observations of a group are not compared. */
const MIN_GROUP = 30;

/** Of a group, how often something is so. */
export interface GroupShare {
  readonly group: string;
  /** what is counted, such as a label */
  readonly of: string;
  readonly count: number;
  readonly samples: number;
}

/**
 * Judges the largest difference of a share between two groups. Each group has one pseudo-observation of either kind (Agresti and Caffo
 * 2000), so that a small group whose observations are all alike is not taken as certain. The p-value is that of a difference within the limit,
 * times the number of pairs (Bonferroni): small groups alone raise no alarm.
 *
 * @param what is said of the share, such as "predictions of"
 */
export function judgeGroups(
  shares: readonly GroupShare[],
  bounds: Bounds,
  what: string,
): Verdict | undefined {
  const { limit, clear, significance, minimumSamples } = bounds;
  const compared = shares.filter(({ samples }) => samples >= MIN_GROUP);
  const groups = new Map(compared.map(({ group, samples }) => [group, samples]));
  const samples = [...groups.values()].reduce((sum, one) => sum + one, 0);
  if (groups.size < 2 || samples < minimumSamples) return undefined;
  const pairs = [...Map.groupBy(compared, ({ of }) => of).values()].flatMap((alike) =>
    alike.flatMap((first) =>
      alike.filter((second) => isAbove(first, second)).map((second) => ({ first, second })),
    ),
  );
  if (pairs.length === 0) return { value: 0, samples, state: 'good', reason: `no difference of groups` };
  const tested = pairs.map(({ first, second }) => ({ first, second, ...testOf(first, second, limit) }));
  const largest = tested.reduce((a, b) => (b.difference > a.difference ? b : a));
  // a large difference of small groups must not hide a smaller one that is certain
  const surest = tested.reduce((a, b) => (b.pValue < a.pValue ? b : a));
  const pValue = Math.min(1, surest.pValue * tested.length);
  const isBad = surest.difference > limit && (significance === null || pValue < significance);
  const { first, second, difference, error } = isBad ? surest : largest;
  const width = normalQuantile(0.025 / tested.length) * error;
  const interval = `${percent(Math.max(0, difference - width))} to ${percent(Math.min(1, difference + width))}`;
  const chance = isBad && significance !== null ? `, p ${probability(pValue)}` : '';
  const named = (one: GroupShare) => `${percent(one.count / one.samples)} of ${one.samples} of ${one.group}`;
  const reason =
    `${what}${first.of}: ${named(first)}, ${named(second)}: a difference of ${percent(difference)}` +
    ` (${interval}, limit ${percent(limit)}${chance})`;
  const isOver = largest.difference <= clear;
  return { value: difference, samples, state: isBad ? 'bad' : isOver ? 'good' : 'between', reason };
}

const shareOf = ({ count, samples }: GroupShare): number => count / samples;

/** One order of each pair: the larger share first. */
const isAbove = (first: GroupShare, second: GroupShare): boolean =>
  first.group !== second.group &&
  (shareOf(first) > shareOf(second) || (shareOf(first) === shareOf(second) && first.group < second.group));

/** The difference, its standard error, and the probability of one at least as large where it is `limit` in truth. */
function testOf(first: GroupShare, second: GroupShare, limit: number) {
  const [a, b] = [first, second].map(({ count, samples }) => {
    const share = (count + 1) / (samples + 2);
    return { share, variance: (share * (1 - share)) / (samples + 2) };
  });
  const error = Math.sqrt(a!.variance + b!.variance);
  const pValue = normalTail((a!.share - b!.share - limit) / error);
  return { difference: shareOf(first) - shareOf(second), error, pValue };
}
