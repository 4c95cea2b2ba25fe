import type { GateCheck } from '../../../ml/gates/check.ts';
import { evidenceOf } from '../../../ml/gates/evidence.ts';
import { evaluateGates } from '../../../ml/gates/gates.ts';
import { METRICS } from '../../../ml/metrics/catalogue.ts';
import { isOwnMetric, OPERATIONAL } from '../../../ml/metrics/operational.ts';
import type { EvaluationCompleted } from '../../../schemas/events.generated.ts';
import { guardOf, type Policy } from '../../../schemas/models/policy.ts';
import { type Test, testsOf, type Verdict, verdictOn } from './verdict.ts';

/** Two versions beside each other on the same samples. */
export interface Comparison {
  readonly model: string;
  readonly baseline: string;
  readonly candidate: string;
  /** what the samples are, for people */
  readonly source: string;
  readonly evaluation: EvaluationCompleted;
  readonly tests: readonly Test[];
  readonly gates: readonly GateCheck[];
  readonly verdict: Verdict;
}

/** A metric or a cost of both. */
export interface Compared {
  readonly name: string;
  /** fraction, nats, target, MB, ms; empty where it is not known */
  readonly unit: string;
  /** null: it was not measured of the baseline */
  readonly baseline: number | null;
  readonly candidate: number;
  readonly difference: number | null;
  /** null: nothing says which is better, or they are equal */
  readonly verdict: 'better' | 'worse' | null;
}

/** What an evaluation of a candidate beside a baseline says by the rule of a policy. */
export function comparisonOf(
  about: Pick<Comparison, 'model' | 'baseline' | 'candidate' | 'source'>,
  evaluation: EvaluationCompleted,
  promotion: Policy['promotion'],
): Comparison {
  const evidence = evidenceOf(evaluation);
  const { checks } = evaluateGates(evidence, guardOf(promotion, 'production'), about.baseline);
  const failed = checks.flatMap((check) =>
    check.passed || check.level !== 'critical' ? [] : [`it fails a gate: ${check.reason}`],
  );
  const tests = testsOf(evaluation);
  return { ...about, evaluation, tests, gates: checks, verdict: verdictOn(evaluation, promotion, failed) };
}

/** Metrics that were measured of both, in the order of the evaluation. */
export const metricsCompared = ({ metrics, baseline }: EvaluationCompleted): Compared[] =>
  Object.entries(metrics).flatMap(([name, candidate]) => {
    const rival = baseline?.metrics[name];
    const known = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
    if (rival === undefined || !(known || isOwnMetric(name))) return [];
    const isBetter = known?.better === 'higher' ? candidate > rival : candidate < rival;
    const verdict = !known || candidate === rival ? null : isBetter ? 'better' : 'worse';
    const difference = candidate - rival;
    return [{ name, unit: known?.unit ?? '', baseline: rival, candidate, difference, verdict }];
  });

/** Size, memory and latency of both; machines differ, so nothing says which is better. */
export const costsCompared = ({ operational, baseline }: EvaluationCompleted): Compared[] =>
  Object.entries(operational).map(([name, candidate]) => {
    const rival = baseline?.operational[name] ?? null;
    const difference = rival === null ? null : candidate - rival;
    return {
      ...{ name, unit: OPERATIONAL[name]?.unit ?? '' },
      ...{ baseline: rival, candidate, difference, verdict: null },
    };
  });
