import { z } from 'zod';
import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { STATISTICS, type Statistic, statisticOf } from '../features/group-statistics.ts';
import type { Field, InstanceSchema } from '../instance/schema.ts';

/** Statistics of a number over the records of the same group before a record, as a model file has them. */
export const rollingFeature = z.strictObject({
  /** a number of the instance */
  column: z.string().min(1).max(200),
  /** the category whose values are the groups */
  by: z.string().min(1).max(200),
  /** records at most, the latest ones that have the number */
  window: z.int().min(1).max(1_000).default(7),
  statistics: z
    .array(z.enum(STATISTICS, `must be some of ${STATISTICS.join(', ')}`))
    .min(1)
    .max(STATISTICS.length)
    .default([...STATISTICS]),
});
export type RollingFeature = z.infer<typeof rollingFeature>;

const nameOf = ({ column, by, window }: RollingFeature, statistic: Statistic): string =>
  `${column}_${statistic}_last_${window}_by_${by}`;

/** A schema with the fields that are computed. */
export const withRolling = (schema: InstanceSchema, features: readonly RollingFeature[]): InstanceSchema =>
  features.length === 0 ? schema : { ...schema, fields: { ...schema.fields, ...fieldsOf(features) } };

function fieldsOf(features: readonly RollingFeature[]): Record<string, Field> {
  const fields = features.flatMap((feature) => {
    const { column, by, window } = feature;
    return feature.statistics.map((statistic): [string, Field] => [
      nameOf(feature, statistic),
      {
        type: 'number',
        computed: `${statistic} of ${column} over the last ${window} records of the same ${by} before this one`,
      },
    ]);
  });
  return Object.fromEntries(fields);
}

/** @throws InvalidInput `parameter` for a feature of columns that there are not, or that has the name of one */
export function assertRolling({ fields }: InstanceSchema, features: readonly RollingFeature[]): void {
  for (const { column, by } of features) {
    assertColumn(column, 'number', fields);
    assertColumn(by, 'category', fields);
  }
  const names = features.flatMap(rollingNames);
  const twice = names.find((name, at) => Object.hasOwn(fields, name) || names.indexOf(name) < at);
  if (twice !== undefined) throw refused(`${twice} is there already`);
}

function assertColumn(name: string, type: 'number' | 'category', fields: InstanceSchema['fields']): void {
  if (Object.hasOwn(fields, name) && fields[name]!.type === type) return;
  const known = Object.keys(fields).filter((field) => fields[field]!.type === type);
  throw refused(
    `rolling names '${name}', which is no input of type ${type}${didYouMean(name, known)}; a target cannot be one, since it is not known when a prediction is made`,
  );
}

const refused = (reason: string) => new InvalidInput('parameter', `features: ${reason}`);

/** What of rows a feature is made of. */
export interface Observations {
  /** milliseconds */
  readonly times: ArrayLike<number>;
  /** undefined where the category is missing */
  readonly groups: readonly (string | undefined)[];
  /** NaN where the number is missing */
  readonly values: ArrayLike<number>;
}

/**
 * The statistics of each row, in the order of `statistics`: of the numbers of the same group at earlier times, the latest `window`
 * of them. Rows of one time do not see each other, so nothing that comes later, or at the same time, changes a row (point-in-time
 * correct). NaN where there is none, or the row is in no group.
 */
export function rolling(
  { times, groups, values }: Observations,
  { window, statistics }: Pick<RollingFeature, 'window' | 'statistics'>,
): Float64Array {
  const width = statistics.length;
  const result = new Float64Array(groups.length * width).fill(Number.NaN);
  const latest = new Map<string, number[]>();
  const look = (row: number) => {
    const group = groups[row];
    const before = group === undefined ? undefined : latest.get(group);
    if (before)
      result.set(
        statistics.map((statistic) => statisticOf(before, statistic)),
        row * width,
      );
  };
  const remember = (row: number) => {
    const [group, value] = [groups[row], values[row]!];
    if (group === undefined || Number.isNaN(value)) return;
    const known = latest.get(group) ?? [];
    latest.set(group, [...known, value].slice(-window));
  };
  const order = [...groups.keys()].sort((a, b) => times[a]! - times[b]! || a - b);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && times[order[end]!] === times[order[start]!]) end += 1;
    const ofOneTime = order.slice(start, end);
    ofOneTime.forEach(look);
    ofOneTime.forEach(remember);
    start = end;
  }
  return result;
}

/** The names of the fields of a feature, in the order of `rolling`. */
export const rollingNames = (feature: RollingFeature): string[] =>
  feature.statistics.map((statistic) => nameOf(feature, statistic));
