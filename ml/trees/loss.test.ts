import { expect, test } from 'vitest';
import { type Loss, lossOf, type Objective } from './loss.ts';

const ROWS = 600; // more than share a logarithm
const STEP = 1e-4;

function derived(loss: Loss, scores: Float64Array, targets: Float64Array) {
  const derivatives = Array.from({ length: loss.scores }, () => ({
    gradients: new Float64Array(ROWS),
    hessians: new Float64Array(ROWS),
  }));
  return { derivatives, mean: loss.derive(scores, targets, derivatives) };
}

test.each<Objective>([{ kind: 'regression' }, { kind: 'binary' }, { kind: 'multiclass', classes: 3 }])(
  'the derivatives of the loss of $kind are its slope and its curvature',
  (objective) => {
    const targets = Float64Array.from(
      { length: ROWS },
      (_, row) => row % (objective.kind === 'binary' ? 2 : 3),
    );
    const loss = lossOf(objective, targets);
    const scores = Float64Array.from({ length: ROWS * loss.scores }, (_, at) => 4 * Math.sin(at));
    const { derivatives, mean } = derived(loss, scores, targets);
    for (const at of [0, 1, 2, 301, scores.length - 1]) {
      const [above, below] = [STEP, -STEP].map(
        (step) => derived(loss, scores.with(at, scores[at]! + step), targets).mean,
      );
      const row = Math.floor(at / loss.scores);
      const { gradients, hessians } = derivatives[at % loss.scores]!;
      expect((ROWS * (above! - below!)) / (2 * STEP)).toBeCloseTo(gradients[row]!, 5);
      const curvature = (ROWS * (above! - 2 * mean + below!)) / STEP ** 2;
      expect(curvature).toBeCloseTo(loss.constantHessian ? 1 : hessians[row]!, 2);
    }
  },
);
