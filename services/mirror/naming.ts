import { filled } from '../../kernel/template.ts';

/** What the name of an experiment may hold. */
export const MODEL_FIELDS = ['model'] as const;
/** What the name of a run may hold. */
export const RUN_FIELDS = ['model', 'engine', 'date', 'run'] as const;

/** MLflow's limits. */
const MAX_NAME = 250;
const MAX_PARAMETER = 6_000;
const MAX_TAG = 5_000;

/** A template that is right, with its fields filled in, as MLflow takes a name. */
export const named = (template: string, fields: Readonly<Record<string, string>>): string =>
  filled(template, fields).slice(0, MAX_NAME);

/** The day of a moment, in UTC. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** As MLflow's own libraries write them: `learningRate` is `learning_rate`. */
export const standardName = (name: string): string =>
  allowed(
    name
      .replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before}_${after}`)
      .toLowerCase(),
  );

/** MLflow's names of params, metrics and tags hold letters, digits, `_ - . : /` and blanks. */
const allowed = (name: string): string => name.replaceAll(/[^\w\-. :/]/g, '_').slice(0, MAX_NAME);

/** Registered models hold neither a slash nor a colon. */
export const registeredName = (model: string): string => model.replaceAll(/[/:]/g, '_');

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Params of nested values: the names of a path are joined by `.`, lists are JSON; null has none. */
export function paramsOf(value: unknown, path = ''): Pair[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value).flatMap(([name, inner]) =>
      paramsOf(inner, path === '' ? standardName(name) : `${path}.${standardName(name)}`),
    );
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [{ key: path.slice(0, MAX_NAME), value: cut(text, MAX_PARAMETER) }];
}

/** Tags of what is known. */
export const tagsOf = (tags: Readonly<Record<string, string | null | undefined>>): Pair[] =>
  Object.entries(tags).flatMap(([key, value]) =>
    value === null || value === undefined || value === '' ? [] : [{ key, value: cut(value, MAX_TAG) }],
  );

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text);

/** A value of a metric, as protobuf's JSON writes it. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

export interface Metric {
  readonly key: string;
  readonly value: MetricValue;
  /** milliseconds since the epoch */
  readonly timestamp: number;
  readonly step: number;
}

/** Metrics of those values that are known. */
export const metricsOf = (
  values: Readonly<Record<string, number | null | undefined>>,
  { prefix = '', timestamp, step }: { prefix?: string; timestamp: number; step: number },
): Metric[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [{ key: `${prefix}${standardName(name)}`, value: jsonOf(value), timestamp, step }],
  );

const jsonOf = (value: number): MetricValue =>
  Number.isFinite(value) ? value : (String(value) as Exclude<MetricValue, number>);
