import { classesOf, type Example, type LearningProblem, labelSetsOf, numbersOf } from '../problem.ts';
import type { Objective } from './loss.ts';

/** What the trees learn of examples, and the number that stands for the target of each. */
export interface TreeTargets {
  readonly objective: Objective;
  of(examples: readonly Example[]): Float64Array;
}

/**
 * @param all examples that targets are asked of: their sets of labels are numbered
 * @throws InvalidInput `unknown-label` or `targets`
 */
export function treeTargets(task: LearningProblem, all: readonly Example[]): TreeTargets {
  if (task.type === 'regression') return { objective: { kind: 'regression' }, of: numbersOf };
  const { labels } = task;
  if (task.type === 'multilabel') return setTargets(labels, all);
  const classes = labels.length;
  return {
    objective: classes === 2 ? { kind: 'binary' } : { kind: 'multiclass', classes },
    of: (examples) => Float64Array.from(classesOf(examples, labels)),
  };
}

function setTargets(labels: readonly string[], all: readonly Example[]): TreeTargets {
  const numbers = new Map([...new Set(all.map(({ target }) => String(target)))].map((set, at) => [set, at]));
  const sets = new Uint8Array(numbers.size * labels.length);
  const distinct = [...numbers.keys()].map((target) => ({ instance: {}, target }));
  for (const [at, own] of labelSetsOf(distinct, labels).entries())
    for (const column of own) sets[at * labels.length + column] = 1;
  return {
    objective: { kind: 'multilabel', labels: labels.length, sets },
    of: (examples) => Float64Array.from(examples, ({ target }) => numbers.get(String(target))!),
  };
}
