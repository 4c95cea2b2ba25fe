import { measure, percent } from '../../ml/metrics/format.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';

/** Why a candidate stays out, whatever it is compared with. */
export interface GateFault {
  readonly code: 'BELOW_FLOOR' | 'GATE_FAILED';
  readonly reason: string;
}

/** Undefined when an evaluation is better than one constant answer, where the policy asks for that, and within all gates. */
export function gateFault(
  evaluation: EvaluationCompleted,
  { beatsConstant, gates }: Policy['promotion'],
): GateFault | undefined {
  const weakness = beatsConstant ? noBetterThanConstant(evaluation) : undefined;
  if (weakness !== undefined) return { code: 'BELOW_FLOOR', reason: weakness };
  const failed = gates.flatMap((gate) => failureOf(gate, evaluation.metrics[gate.metric]) ?? []);
  return failed.length === 0
    ? undefined
    : { code: 'GATE_FAILED', reason: `its ${failed.join(', and its ')}` };
}

function failureOf(
  { metric, minimum, maximum }: Policy['promotion']['gates'][number],
  value: number | undefined,
): string | undefined {
  if (value === undefined) return `${metric} was not measured`;
  const shown = (number: number) => measure(metric, number, 2);
  const of = `${metric} of ${shown(value)} is`;
  if (minimum !== null && !(value >= minimum)) return `${of} below the minimum of ${shown(minimum)}`;
  if (maximum !== null && !(value <= maximum)) return `${of} above the maximum of ${shown(maximum)}`;
  return undefined;
}

/**
 * A classifier is better when it is right more often than the largest class, or gives better probabilities than the shares
 * of the classes: where one class is most of the samples, it may be useful and hardly ever answer another.
 */
function noBetterThanConstant(evaluation: EvaluationCompleted): string | undefined {
  const { accuracy, logLoss = Number.POSITIVE_INFINITY, r2 } = evaluation.metrics;
  const shares = evaluation.perClass.map(({ support }) => support / Math.max(1, evaluation.samples));
  const largest = Math.max(0, ...shares);
  const entropy = -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
  if (accuracy !== undefined && accuracy <= largest && logLoss >= entropy) {
    return (
      `its accuracy of ${percent(accuracy, 2)} does not exceed ${percent(largest, 2)}, nor is its log loss of ` +
      `${measure('logLoss', logLoss, 2)} below ${measure('logLoss', entropy, 2)}: to answer with the largest class would be as good`
    );
  }
  if (r2 === undefined || r2 > 0) return undefined;
  return `its r2 of ${percent(r2, 2)} does not exceed 0: to answer with the mean would be as good`;
}
