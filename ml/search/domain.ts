import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';

/** What a parameter of a search can be. */
export type Value = string | number | boolean;

const value = z.union([z.string(), z.number(), z.boolean()]);
/** Other parameters, each with the value, or one of the values, that it must have. */
const condition = z.record(z.string(), z.union([value, z.array(value).min(1)]));
const when = condition.optional();
const number = z.number().min(-1e300).max(1e300);

const categorical = z.strictObject({ type: z.literal('categorical'), choices: z.array(value).min(1), when });
const int = z.strictObject({
  type: z.literal('int'),
  low: z.int(),
  high: z.int(),
  step: z.int().positive().optional(),
  when,
});
const float = z.strictObject({
  type: z.literal('float'),
  low: number,
  high: number,
  step: z.number().positive().optional(),
  when,
});
const logInt = z.strictObject({
  type: z.literal('log_int'),
  low: z.int().min(1, 'is not above 0: it has no logarithm'),
  high: z.int(),
  when,
});
const logFloat = z.strictObject({
  type: z.literal('log_float'),
  low: number.positive('is not above 0: it has no logarithm'),
  high: number,
  when,
});

const TYPES = ['categorical', 'int', 'float', 'log_int', 'log_float'];

/** The form of one in a file. */
export const domainSchema = z.discriminatedUnion('type', [categorical, int, float, logInt, logFloat], {
  error: ({ input }) => {
    if (typeof input !== 'object' || input === null || !('type' in input))
      return `is missing: ${TYPES.join(', ')}`;
    return `is '${String(input.type)}'; ${suggestion(String(input.type), TYPES)}`;
  },
});

/** One parameter: the values it can have, and the condition under which it has one. */
export type Domain = z.infer<typeof domainSchema>;

/** A domain of numbers. */
export type Numeric = Exclude<Domain, { type: 'categorical' }>;

/** The width between neighbouring values; undefined where any number of the range can be. */
export function stepOf(domain: Numeric): number | undefined {
  if (domain.type === 'log_int') return 1;
  if (domain.type === 'int') return domain.step ?? 1;
  return domain.type === 'float' ? domain.step : undefined;
}

export const isLogarithmic = ({ type }: Domain): boolean => type === 'log_int' || type === 'log_float';

/** More steps than numbers can count exactly. */
export function hasTooManyValues(domain: Numeric): boolean {
  const step = stepOf(domain);
  return step !== undefined && (domain.high - domain.low) / step > 2 ** 52;
}

/** The last value: `high`, or the last step below it. */
export function highestOf(domain: Numeric): number {
  const step = stepOf(domain);
  if (step === undefined) return domain.high;
  return valueAt(domain, Math.floor((domain.high - domain.low) / step + 1e-9), step);
}

/** Where a value lies between the lowest and the highest one, from 0 to 1: on the scale that is searched. */
export function positionOf(domain: Domain, value: Value): number {
  if (domain.type === 'categorical') {
    return domain.choices.indexOf(value) / Math.max(1, domain.choices.length - 1);
  }
  const scale = isLogarithmic(domain) ? Math.log : Number;
  const [low, high] = [scale(domain.low), scale(highestOf(domain))];
  return high === low ? 0.5 : (scale(Number(value)) - low) / (high - low);
}

/** The value nearest to a number: within the range, and on a step. */
export function nearestValue(domain: Numeric, number: number): number {
  const high = highestOf(domain);
  const within = Math.min(Math.max(number, domain.low), high);
  const step = stepOf(domain);
  if (step === undefined) return within;
  return Math.min(valueAt(domain, Math.round((within - domain.low) / step), step), high);
}

/** Without the digits that adding up steps leaves behind: 0.1 + 2 × 0.1 is 0.3. */
const valueAt = ({ low }: Numeric, steps: number, step: number): number =>
  Number.parseFloat((low + steps * step).toPrecision(15));

/** The range that values are rounded from: half a step more on both sides, in the scale that is searched. */
export function searchedRange(domain: Numeric): readonly [low: number, high: number] {
  const half = (stepOf(domain) ?? 0) / 2;
  const scale = isLogarithmic(domain) ? Math.log : Number;
  return [scale(domain.low - half), scale(highestOf(domain) + half)];
}

/** A value for a number in [0, 1): each is as probable, on the scale that is searched. */
export function valueFrom(domain: Domain, uniform: number): Value {
  if (domain.type === 'categorical') return domain.choices[Math.floor(uniform * domain.choices.length)]!;
  const [low, high] = searchedRange(domain);
  const number = low + uniform * (high - low);
  return nearestValue(domain, isLogarithmic(domain) ? Math.exp(number) : number);
}

/** Every value, or so many at equal distances where there are more. */
export function gridOf(domain: Domain, points: number): readonly Value[] {
  if (domain.type === 'categorical') return domain.choices;
  const step = stepOf(domain);
  const high = highestOf(domain);
  const count = step === undefined ? Number.POSITIVE_INFINITY : Math.round((high - domain.low) / step) + 1;
  if (count <= points || domain.low === high) {
    return Array.from({ length: Math.min(count, domain.low === high ? 1 : count) }, (_, at) =>
      valueAt(domain, at, step ?? 0),
    );
  }
  const scale = isLogarithmic(domain) ? Math.log : Number;
  const [from, to] = [scale(domain.low), scale(high)];
  const numbers = Array.from(
    { length: points },
    (_, at) => from + (at * (to - from)) / Math.max(1, points - 1),
  );
  const values = numbers.map((number) =>
    nearestValue(domain, isLogarithmic(domain) ? Math.exp(number) : number),
  );
  return [...new Set(values)];
}

/** Whether there is but one value. */
export const isFixed = (domain: Domain): boolean =>
  domain.type === 'categorical' ? domain.choices.length === 1 : domain.low === highestOf(domain);
