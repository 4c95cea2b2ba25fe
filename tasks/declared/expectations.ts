import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { Expectation } from '../../ml/expectations/expectation.ts';
import type { Field, Instance } from '../../ml/instance/schema.ts';
import { wordCount } from '../../ml/text/count.ts';
import { parseRule } from './rules.ts';

const share = z.number().min(0).max(1, 'is a share: from 0 to 1');
const columnName = z.string().min(1).max(200);
const common = { severity: z.enum(['critical', 'warning']).default('critical') };

/** An expectation of a task file: what a dataset must be like. */
export const expectation = z.union([
  z.strictObject({ column: columnName, missing: share, ...common }),
  z.strictObject({
    column: columnName,
    outliers: share,
    ...common,
    severity: common.severity.default('warning'),
  }),
  z.strictObject({
    column: columnName,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    share: share.default(0),
    ...common,
  }),
  z.strictObject({
    column: columnName,
    values: z.array(z.string()).min(1).max(1_000),
    share: share.default(0),
    ...common,
  }),
  z.strictObject({ column: columnName, words: z.int().min(1), share: share.default(0), ...common }),
  z.strictObject({ rule: z.string().min(1).max(500), share: share.default(0), ...common }),
  z.strictObject({ balance: share, ...common }),
]);

type Declared = z.infer<typeof expectation>;

/**
 * The expectations of a task.
 *
 * @param inputs the columns that they may name; rules may name the target too
 * @throws EpochlogError INPUT_INVALID for a column that there is not, or that is of another type
 */
export function expectationsOf(
  name: string,
  declared: readonly Declared[],
  inputs: Readonly<Record<string, Field>>,
  target: string,
): Expectation[] {
  const dates = new Set(
    Object.entries(inputs).flatMap(([column, { type }]) => (type === 'date' ? [column] : [])),
  );
  return declared.map((one): Expectation => {
    const { severity } = one;
    if ('balance' in one)
      return {
        kind: 'balance',
        text: `each class has ${percent(one.balance)}`,
        severity,
        share: one.balance,
      };
    if ('rule' in one) {
      const rule = parseRule(one.rule, new Set([...Object.keys(inputs), target]), dates);
      const holds = (instance: Instance, value: string | number) =>
        rule.holds({ ...instance, [target]: value });
      return { kind: 'valid', text: one.rule, severity, share: one.share, holds };
    }
    const { column } = one;
    const type = typeOf(name, column, inputs);
    if ('missing' in one)
      return { kind: 'missing', column, text: `${column} is present`, severity, share: one.missing };
    if ('outliers' in one) {
      assertType(name, column, type, ['number'], 'outliers');
      return {
        kind: 'outliers',
        column,
        text: `${column} is near the others`,
        severity,
        share: one.outliers,
      };
    }
    return { kind: 'valid', severity, share: one.share, ...conditionOf(name, one, type) };
  });
}

type OfColumn = Extract<Declared, { column: string; share: number }>;

function conditionOf(
  name: string,
  one: OfColumn,
  type: Field['type'],
): { text: string; holds: (instance: Instance) => boolean | null } {
  const { column } = one;
  if ('values' in one) {
    const values = new Set(one.values);
    const text = `${column} is one of ${one.values.slice(0, 10).join(', ')}${one.values.length > 10 ? ', …' : ''}`;
    return { text, holds: (instance) => present(instance, column, (value) => values.has(String(value))) };
  }
  if ('words' in one) {
    assertType(name, column, type, ['text'], 'words');
    const holds = (instance: Instance) => wordCount(String(instance[column] ?? '')) >= one.words;
    return { text: `${column} has ${one.words} words`, holds };
  }
  assertType(name, column, type, ['number'], 'minimum and maximum');
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = one;
  if (minimum === Number.NEGATIVE_INFINITY && maximum === Number.POSITIVE_INFINITY)
    throw invalid(
      name,
      `${column}: what is expected? Give minimum, maximum, values, missing, outliers or words`,
    );
  const holds = (instance: Instance) =>
    present(instance, column, (value) => Number(value) >= minimum && Number(value) <= maximum);
  return {
    text: `${column} from ${minimum} to ${maximum}`
      .replace('from -Infinity ', '')
      .replace(' to Infinity', ''),
    holds,
  };
}

/** Null where there is no value: `missing` counts those. */
function present(
  instance: Instance,
  column: string,
  holds: (value: string | number | boolean) => boolean,
): boolean | null {
  const value = instance[column];
  return value === null || value === undefined ? null : holds(value);
}

function typeOf(name: string, column: string, inputs: Readonly<Record<string, Field>>): Field['type'] {
  const field = Object.hasOwn(inputs, column) ? inputs[column] : undefined;
  if (field) return field.type;
  const meant = nearest(column, Object.keys(inputs));
  throw invalid(name, `${column} is no input${meant === undefined ? '' : `, did you mean ${meant}?`}`);
}

function assertType(
  name: string,
  column: string,
  type: string,
  types: readonly string[],
  what: string,
): void {
  if (!types.includes(type))
    throw invalid(name, `${column} is a ${type}: ${what} are for ${types.join(', ')}`);
}

const percent = (value: number) => `${Number((100 * value).toFixed(2))} % of the samples`;
const invalid = (name: string, reason: string) =>
  new EpochlogError('INPUT_INVALID', `${name}: expectations: ${reason}`);
