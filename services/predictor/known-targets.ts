import { LRUCache } from 'lru-cache';
import { isTargetOf, type LearningProblem, labelsOf } from '../../ml/problem.ts';

/** What became of what was predicted: the true label, or the true number. */
export interface Outcome {
  readonly label?: string | undefined;
  readonly value?: number | undefined;
}

/** What models answer with, in the versions served here: of anything else there can be no outcome. */
export class KnownTargets {
  /** by model, of each version; they stay known when it is served no more, since outcomes come late */
  readonly #tasks = new Map<string, Map<string, LearningProblem>>();
  /** the models that answered the latest requests */
  readonly #answered: LRUCache<string, string>;

  /** @param limit requests of which it is known who answered */
  constructor(limit: number) {
    this.#answered = new LRUCache({ max: limit });
  }

  learn(model: string, task: LearningProblem): void {
    this.#tasks.set(model, new Map(this.#tasks.get(model)).set(JSON.stringify(task), task));
  }

  answered(requestId: string, model: string): void {
    this.#answered.set(requestId, model);
  }

  /**
   * Why this cannot be the outcome of a request; undefined when it may be. A request that is not known here may have been
   * answered elsewhere or long ago, or be on its way: then it must fit some model, if any is served.
   */
  whyUnfit(requestId: string, outcome: Outcome): string | undefined {
    const model = this.#answered.get(requestId);
    const own = this.#tasks.get(model ?? '');
    const tasks = own ? [...own.values()] : [...this.#tasks.values()].flatMap((all) => [...all.values()]);
    if (tasks.length === 0 || tasks.some((task) => fits(task, outcome))) return undefined;
    const labels = new Set(tasks.flatMap((task) => labelsOf(task) ?? []));
    const numbers = tasks.filter((task) => task.type === 'regression');
    const known = [...labels].sort().join(', ');
    if (outcome.value === undefined) {
      return labels.size > 0
        ? `'${outcome.label}' is no label of ${model ?? 'any model'}; there are ${known}`
        : `'${outcome.label}' is a label, but ${model ?? 'every model'} answers with a number: give "value"`;
    }
    return numbers.length > 0
      ? `${outcome.value} is no answer of ${model ?? 'any model'}: it is ${[...new Set(numbers.map(rangeOf))].join(', or ')}`
      : `${outcome.value} is a number, but ${model ?? 'every model'} answers with a label: give "label", one of ${known}`;
  }
}

const fits = (task: LearningProblem, { label, value }: Outcome): boolean =>
  isTargetOf(task, value ?? label ?? '');

function rangeOf({ minimum, maximum, unit }: LearningProblem & { type: 'regression' }): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ];
  return `a number ${bounds.join(' and ')}${unit === undefined ? '' : ` (${unit})`}`;
}
