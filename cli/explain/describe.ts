import type { Explanation } from '../../ml/explain/explanation.ts';
import type { FeatureImportance, PermutationImportance } from '../../ml/explain/importance.ts';
import { bar, type Output, printable, shortened, table } from '../output.ts';

const MAX_VALUE = 40;

/** What the score of each method is, in words. */
const SCORE = {
  linear: 'log-odds',
  'tree-shap': 'log-odds',
  'sampled-shapley': 'probability',
  occlusion: 'probability',
} as const;

/** Of the contributions the largest `top`, and what the others add up to. */
export function* describeExplanation(
  explanation: Explanation,
  top: number,
  output: Output,
): Iterable<string> {
  const { method, label, score, base, contributions } = explanation;
  const of = label === null ? `the number ${shown(score)}` : `'${label}': ${SCORE[method]} ${shown(score)}`;
  yield `${of} (${method})`;
  const first = contributions.slice(0, top);
  const rest = contributions.slice(top);
  const largest = Math.max(...first.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  const rows = first.map(({ feature, value, contribution }) => [
    printable(feature),
    value === null
      ? ''
      : shortened(printable(typeof value === 'number' ? shown(value) : String(value)), MAX_VALUE),
    signed(contribution),
    bar(Math.abs(contribution) / largest, 12),
  ]);
  const others = rest.reduce((sum, { contribution }) => sum + contribution, 0);
  if (rest.length > 0) rows.push([`${rest.length} others`, '', signed(others), '']);
  if (method === 'occlusion') yield table(['without', '', 'it falls by', ''], rows, output.tableWidth);
  else
    yield table(
      ['feature', 'value', 'adds', ''],
      [['(base)', '', signed(base), ''], ...rows],
      output.tableWidth,
    );
}

/** Which features matter to a model, and by how much it is worse without each field. */
export function* describeImportance(
  features: readonly FeatureImportance[],
  fields: readonly PermutationImportance[],
  top: number,
  output: Output,
): Iterable<string> {
  if (features.length > 0) {
    const rows = features
      .slice(0, top)
      .map(({ feature, mean, label }) => [printable(feature), shown(mean), label ?? '']);
    yield table(['feature', 'mean |adds|', 'for'], rows, output.tableWidth);
  }
  const rows = fields.slice(0, top).map(({ field, mean, std }) => [field, signed(mean), shown(std)]);
  const metric = fields[0]?.metric ?? '';
  if (rows.length > 0)
    yield `\n${table(['field, shuffled', `${metric} worse by`, '±'], rows, output.tableWidth)}`;
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));
const signed = (value: number): string => (value < 0 ? shown(value) : `+${shown(value)}`);
