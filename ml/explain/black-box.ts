import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { kindOf } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type LearningProblem, labelsOf } from '../problem.ts';
import { seededRandom, shuffle } from '../random.ts';
import { columnOf, type Explanation, ranked } from './explanation.ts';

/** What a model answers to instances: a row of probabilities, or the number. */
export type Score = (instances: readonly Instance[]) => Promise<DenseMatrix>;

/** What a model of any engine is explained with. */
export interface BlackBox {
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
  readonly score: Score;
}

const ORDERS = 100;
const MAX_WORDS = 400;
const WORD = /[\p{L}\p{N}]{2,}/gu;

/**
 * Explains one answer of a model of any engine by asking it about changed instances. Fields of a table: Shapley values, sampled
 * over orders of the fields and over reference rows that give the values of what is not known (Štrumbelj and Kononenko 2014,
 * algorithm 1). Texts: by how much the answer falls without each word.
 *
 * @param reference rows of the training or the test split; a table needs one at least
 * @throws InvalidInput `label`
 */
export async function explainFromOutside(
  box: BlackBox,
  instance: Instance,
  reference: readonly Instance[],
  label?: string,
): Promise<Explanation> {
  const { columns, values } = await box.score([instance]);
  const own = values.subarray(0, columns);
  const chosen = label === undefined ? own.indexOf(Math.max(...own)) : columnOf(box.task, label);
  const answer = async (instances: readonly Instance[]) => {
    const scores = await box.score(instances);
    return instances.map((_, row) => scores.values[row * columns + chosen]!);
  };
  const common = {
    label: labelsOf(box.task)?.[chosen] ?? null,
    score: own[chosen]!,
  };
  return kindOf(box.schema) === 'table' && reference.length > 0
    ? { ...common, ...(await sampledShapley(answer, instance, reference, Object.keys(box.schema.fields))) }
    : { ...common, ...(await occlusion(answer, instance, box.schema, common.score)) };
}

type Answers = (instances: readonly Instance[]) => Promise<number[]>;
type Parts = Pick<Explanation, 'method' | 'base' | 'contributions'>;

async function sampledShapley(
  answer: Answers,
  instance: Instance,
  reference: readonly Instance[],
  fields: readonly string[],
): Promise<Parts> {
  const random = seededRandom(1);
  const sums = new Map(fields.map((field) => [field, 0]));
  let base = 0;
  for (let order = 0; order < ORDERS; order++) {
    const row = reference[Math.floor(random() * reference.length)]!;
    const steps = shuffle([...fields], random);
    const mixed: Instance[] = [row];
    for (const field of steps) mixed.push({ ...mixed.at(-1)!, [field]: instance[field] ?? null });
    const answers = await answer(mixed);
    base += answers[0]! / ORDERS;
    for (const [at, field] of steps.entries())
      sums.set(field, sums.get(field)! + (answers[at + 1]! - answers[at]!) / ORDERS);
  }
  const contributions = [...sums].map(([feature, contribution]) => ({
    feature,
    value: instance[feature] ?? null,
    contribution,
  }));
  return { method: 'sampled-shapley', base, contributions: ranked(contributions) };
}

async function occlusion(
  answer: Answers,
  instance: Instance,
  { fields }: InstanceSchema,
  score: number,
): Promise<Parts> {
  const texts = Object.keys(fields).filter((name) => fields[name]!.type === 'text');
  const words = texts.flatMap((field) =>
    [...new Set(String(instance[field] ?? '').match(WORD))].map((word) => ({ field, word })),
  );
  const asked = words.slice(0, MAX_WORDS);
  const answers = await answer(asked.map(({ field, word }) => without(instance, field, word)));
  const contributions = asked.map(({ field, word }, at) => ({
    feature: texts.length === 1 ? word : `${field}: ${word}`,
    value: null,
    contribution: score - answers[at]!,
  }));
  return { method: 'occlusion', base: 0, contributions: ranked(contributions) };
}

const without = (instance: Instance, field: string, word: string): Instance => ({
  ...instance,
  [field]: String(instance[field]).replaceAll(WORD, (found) => (found === word ? '' : found)),
});
