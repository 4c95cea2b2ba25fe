import type { Comparison, Unmeasured } from './experiment-comparison.ts';
import type { ExperimentArm, ExperimentRules } from './experiment-rules.ts';
import type { SampleRatio } from './sample-ratio.ts';

/** PROMOTE a treatment, KEEP the control, or nothing can be said yet. */
export type Verdict = 'PROMOTE' | 'KEEP' | 'INCONCLUSIVE';

/** Why, as a code for programs, with what it is about. */
export interface Reason {
  readonly code:
    | 'sample-ratio-mismatch'
    | 'too-few-units'
    | 'not-measured'
    | 'guardrail-worse'
    | 'not-significant'
    | 'improvement-too-small'
    | 'no-improvement'
    | 'improved';
  /** the treatment, null of all */
  readonly arm: string | null;
  readonly metric: string | null;
  readonly message: string;
}

export interface ExperimentVerdict {
  readonly verdict: Verdict;
  /** the treatment to promote: of several, that which improves the first primary metric most; else null */
  readonly winner: string | null;
  readonly reasons: readonly Reason[];
}

interface Opinion {
  readonly arm: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly improvement: number;
}

/**
 * The verdict: nothing is read where the split is not the one asked for, or an arm has too few units, and no metric that
 * was counted in too few of them. A treatment is
 * promoted when each primary metric is significantly better after correction, by more than the least improvement, and no
 * guardrail is significantly worse than its margin. It is worth no more traffic (KEEP) when a guardrail is worse, or when
 * an improvement of that size is out of the interval of a primary metric. Else it is inconclusive.
 */
export function verdictOf(
  arms: readonly ExperimentArm[],
  ratio: SampleRatio,
  comparisons: readonly (Comparison | Unmeasured)[],
  rules: ExperimentRules,
): ExperimentVerdict {
  const stop = unreadable(arms, ratio, rules);
  if (stop) return { verdict: 'INCONCLUSIVE', winner: null, reasons: [stop] };
  const opinions = arms.slice(1).map(({ name }) =>
    opinionOf(
      name,
      comparisons.filter(({ arm }) => arm === name),
      rules,
    ),
  );
  const best = opinions
    .filter(({ verdict }) => verdict === 'PROMOTE')
    .sort((a, b) => b.improvement - a.improvement)[0];
  if (best) return { verdict: 'PROMOTE', winner: best.arm, reasons: best.reasons };
  const verdict = opinions.every(({ verdict }) => verdict === 'KEEP') ? 'KEEP' : 'INCONCLUSIVE';
  return { verdict, winner: null, reasons: opinions.flatMap(({ reasons }) => reasons) };
}

function unreadable(
  arms: readonly ExperimentArm[],
  { isMismatch, pValue }: SampleRatio,
  { minimumUnits }: ExperimentRules,
): Reason | undefined {
  if (isMismatch) {
    const message = `the arms do not have the traffic they were meant to have (p = ${pValue.toExponential(1)}): find out why before any result is read`;
    return { code: 'sample-ratio-mismatch', arm: null, metric: null, message };
  }
  const small = arms.find(({ units }) => units < minimumUnits);
  if (!small) return undefined;
  const message = `${small.name} has ${small.units} units, of ${minimumUnits} at least`;
  return { code: 'too-few-units', arm: small.name, metric: null, message };
}

function opinionOf(
  arm: string,
  comparisons: readonly (Comparison | Unmeasured)[],
  rules: ExperimentRules,
): Opinion {
  const deciding = comparisons.filter(({ role }) => role !== 'secondary');
  const measured = deciding.filter((one) => one.isMeasured);
  const primaries = measured.filter(({ role }) => role === 'primary');
  const reasons = deciding.flatMap((one) => reasonOf(one, rules) ?? []);
  const improvement = primaries[0]?.improvement ?? 0;
  const has = (...codes: Reason['code'][]) => reasons.some(({ code }) => codes.includes(code));
  const verdict = has('guardrail-worse', 'no-improvement')
    ? 'KEEP'
    : has('not-measured', 'too-few-units', 'not-significant', 'improvement-too-small')
      ? 'INCONCLUSIVE'
      : 'PROMOTE';
  return { arm, verdict, reasons, improvement };
}

/** What a metric says for or against the treatment; a guardrail that holds says nothing. */
function reasonOf(one: Comparison | Unmeasured, rules: ExperimentRules): Reason | undefined {
  const { arm, metric, role } = one;
  const because = (code: Reason['code'], message: string): Reason => ({ code, arm, metric, message });
  if (!one.isMeasured) return because('not-measured', `${metric} cannot be compared: ${one.message}`);
  const counted = Math.min(one.control.count, one.treatment.count);
  if (counted < rules.minimumUnits) {
    return because(
      'too-few-units',
      `${metric} was counted in ${counted} units, of ${rules.minimumUnits} at least`,
    );
  }
  const [low, high] = one.improvementInterval;
  const seen = `better by ${rounded(one.improvement)} (${rounded(low)} to ${rounded(high)}), p = ${rounded(one.correctedPValue)}`;
  if (role === 'guardrail') {
    return high < -one.margin ? because('guardrail-worse', `${metric} is worse: ${seen}`) : undefined;
  }
  if (high < rules.minimumImprovement)
    return because('no-improvement', `${metric} is not ${rules.minimumImprovement} better: ${seen}`);
  if (!(one.correctedPValue < rules.significance && one.improvement > 0)) {
    return because('not-significant', `${metric} may be so by chance: ${seen}`);
  }
  return one.improvement > rules.minimumImprovement
    ? because('improved', `${metric} is ${seen}`)
    : because(
        'improvement-too-small',
        `${metric} is better by less than ${rules.minimumImprovement}: ${seen}`,
      );
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));
