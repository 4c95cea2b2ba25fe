import { welchTest } from './difference.ts';
import { newcombeInterval, share } from './proportions.ts';

/** Labelled answers of one version: of classes how many are right, of numbers their absolute errors. */
export interface Side {
  readonly samples: number;
  /** those whose truth is a label */
  readonly labelled: number;
  readonly hits: number;
  /** sum of the absolute errors, and of their squares */
  readonly errors: number;
  readonly squares: number;
}

/** What a change of version did to the quality in production. */
export interface Impact {
  readonly metric: 'accuracy' | 'mae';
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  /** 95 % interval of the difference */
  readonly low: number;
  readonly high: number;
  /** unclear where 0 is within the interval */
  readonly verdict: 'better' | 'worse' | 'unclear';
}

/**
 * The quality after a change of version less that before it: of classes the accuracy, with Newcombe's interval of two shares; of
 * numbers the mean absolute error, with Welch's. The two sides are other samples, of other times: what else has changed with
 * time is in the difference too.
 *
 * @returns null unless both sides have 2 labelled answers or more of the same kind
 */
export function impactOf(before: Side, after: Side): Impact | null {
  const isOfClasses = before.labelled === before.samples && after.labelled === after.samples;
  const isOfNumbers = before.labelled === 0 && after.labelled === 0;
  if (Math.min(before.samples, after.samples) < 2 || !(isOfClasses || isOfNumbers)) return null;
  return isOfClasses ? ofClasses(before, after) : ofNumbers(before, after);
}

function ofClasses(before: Side, after: Side): Impact {
  const [first, second] = [after, before].map(({ hits, labelled }) => ({
    successes: hits,
    trials: labelled,
  }));
  const [low, high] = newcombeInterval(first!, second!);
  const [own, others] = [share(first!), share(second!)];
  const verdict = low > 0 ? 'better' : high < 0 ? 'worse' : 'unclear';
  return { metric: 'accuracy', before: others, after: own, difference: own - others, low, high, verdict };
}

function ofNumbers(before: Side, after: Side): Impact | null {
  const [control, treatment] = [before, after].map(({ samples: count, errors, squares }) => {
    const value = errors / count;
    const variance = Math.max(0, squares - count * value * value) / (count - 1);
    return { value, count, standardError: Math.sqrt(variance / count) };
  });
  if (control!.standardError === 0 && treatment!.standardError === 0) return null;
  const {
    difference,
    interval: [low, high],
  } = welchTest(control!, treatment!);
  const verdict = high < 0 ? 'better' : low > 0 ? 'worse' : 'unclear';
  const [from, to] = [control!.value, treatment!.value];
  return { metric: 'mae', before: from, after: to, difference, low, high, verdict };
}
