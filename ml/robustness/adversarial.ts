import { answeredClasses } from '../answers.ts';
import { type Instance, textFields } from '../instance/schema.ts';
import { type ClassificationProblem, classesOf, type Example } from '../problem.ts';
import type { Tried } from './robustness.ts';

/** How easily the label of a text flips. */
export interface AdversarialResult {
  /** samples that are answered rightly, which were attacked */
  readonly attacked: number;
  /** share of them whose label flips when so many words are left out */
  readonly flipRate: Readonly<Record<'1' | '3' | '5', number>>;
  /** mean of the fewest edits found, over the samples that flip */
  readonly meanEdits: number | null;
  /** some that flip by the fewest edits */
  readonly examples: readonly {
    readonly target: string;
    readonly flippedTo: string;
    readonly removed: readonly string[];
  }[];
}

const MAX_EDITS = 5;
/** Words that are tried at each step: those whose absence hurts most alone. */
const CANDIDATES = 20;
const EXAMPLES = 10;
const WORD = /[\p{L}\p{N}]{2,}/gu;

interface Attacked {
  readonly target: string;
  readonly removed: readonly string[];
  readonly flippedTo: string | undefined;
}

/**
 * Attacks a classifier of texts by leaving out words, greedily: at each step the one without which the right label is least
 * probable. What is found is a flip with few edits, not proved to be the fewest: the true flip rates may be higher. (Leave-one-out
 * as in Li et al. 2016, "Understanding neural networks through representation erasure".)
 *
 * @returns undefined where not one label is answered, and without a text
 */
export async function attack(
  tried: Tried,
  examples: readonly Example[],
): Promise<AdversarialResult | undefined> {
  const { task, schema, score } = tried;
  if (task.type !== 'classification' || textFields(schema).length === 0) return undefined;
  const predicted = answeredClasses(task, await score(examples.map(({ instance }) => instance)));
  const actual = classesOf(examples, task.labels);
  const right = [...actual.keys()].filter((row) => predicted[row] === actual[row]);
  const attacks: Attacked[] = [];
  for (const row of right) attacks.push(await flipped(tried, task, examples[row]!.instance, actual[row]!));
  const flips = attacks.filter(({ flippedTo }) => flippedTo !== undefined);
  const within = (edits: number) =>
    right.length === 0 ? 0 : flips.filter(({ removed }) => removed.length <= edits).length / right.length;
  const total = flips.reduce((sum, { removed }) => sum + removed.length, 0);
  return {
    attacked: right.length,
    flipRate: { 1: within(1), 3: within(3), 5: within(5) },
    meanEdits: flips.length === 0 ? null : total / flips.length,
    examples: flips
      .toSorted((a, b) => a.removed.length - b.removed.length)
      .slice(0, EXAMPLES)
      .map(({ target, flippedTo, removed }) => ({ target, flippedTo: flippedTo!, removed })),
  };
}

async function flipped(
  { schema, score }: Tried,
  task: ClassificationProblem,
  instance: Instance,
  actual: number,
): Promise<Attacked> {
  const texts = textFields(schema);
  const words = [...new Set(texts.flatMap((field) => String(instance[field] ?? '').match(WORD) ?? []))];
  const { labels } = task;
  const target = labels[actual]!;
  let removed: readonly string[] = [];
  let candidates = words;
  while (removed.length < MAX_EDITS && candidates.length > 0) {
    const tries = candidates.map((word) => [...removed, word]);
    const { columns, values, rows } = await score(
      tries.map((without) => withoutWords(instance, texts, without)),
    );
    const own = Array.from({ length: rows }, (_, row) => values[row * columns + actual]!);
    const order = [...own.keys()].sort((a, b) => own[a]! - own[b]!);
    const best = order[0]!;
    removed = tries[best]!;
    const answer = answeredClasses(task, {
      rows: 1,
      columns,
      values: values.subarray(best * columns, (best + 1) * columns),
    })[0]!;
    if (answer !== actual) return { target, removed, flippedTo: labels[answer]! };
    candidates = order.slice(1, CANDIDATES + 1).map((at) => candidates[at]!);
  }
  return { target, removed, flippedTo: undefined };
}

function withoutWords(instance: Instance, texts: readonly string[], removed: readonly string[]): Instance {
  const gone = new Set(removed);
  const strip = (text: string) => text.replaceAll(WORD, (word) => (gone.has(word) ? '' : word));
  return {
    ...instance,
    ...Object.fromEntries(texts.map((field) => [field, strip(String(instance[field] ?? ''))])),
  };
}
