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

function noBetterThanConstant(evaluation: EvaluationCompleted): string | undefined {
  const { accuracy, r2 } = evaluation.metrics;
  const floor = largestClass(evaluation);
  if (accuracy !== undefined && accuracy <= floor) {
    return `its accuracy of ${percent(accuracy, 2)} does not exceed ${percent(floor, 2)}: to answer with the largest class would be as good`;
  }
  if (r2 === undefined || r2 > 0) return undefined;
  return `its r2 of ${percent(r2, 2)} does not exceed 0: to answer with the mean would be as good`;
}

/** The accuracy of always predicting the most frequent label; 0 when no classes were measured. */
const largestClass = ({ samples, perClass }: EvaluationCompleted): number =>
  Math.max(0, ...perClass.map(({ support }) => support)) / Math.max(1, samples);
