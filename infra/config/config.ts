import { resolve } from 'node:path';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Service, SettingsIssue, SettingsSchema } from '../../kernel/service.ts';
import '../../kernel/wording.ts';
import { type Config, configSchema } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable of a setting: `kafkaTls` is EPOCHLOG_KAFKA_TLS. */
export const envName = (...words: readonly string[]) =>
  ['EPOCHLOG', ...words.map((word) => word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'))]
    .join('_')
    .toUpperCase();

/** Parses what the environment says for the keys of a schema. CONFIG_INVALID names the variable at fault. */
function parse<T>(
  settings: SettingsSchema<T>,
  raw: Record<string, string>,
  name: (key: string) => string,
): T {
  const result = settings.safeParse(raw);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const key = String(issue.path[0] ?? '');
    return `${name(key)} ${faultOf(issue, raw[key])}`;
  });
  throw new EpochlogError('CONFIG_INVALID', `the configuration is wrong: ${faults.join('; ')}`);
}

/** What zod says besides of an issue; a schema of another library says less. */
interface Details extends SettingsIssue {
  code?: string;
  expected?: string;
  origin?: string;
  minimum?: number | bigint;
  maximum?: number | bigint;
  values?: readonly unknown[];
}

/** What a setting takes; the value itself only of numbers and words, which are no secrets. */
function faultOf(
  { code, expected, origin, minimum, maximum, values, message }: Details,
  value: string | undefined,
): string {
  const not = `not '${value}'`;
  if (code === 'invalid_type' && expected === 'number') return `takes a number, ${not}`;
  if (code === 'too_small' && origin === 'number') return `takes a number from ${minimum}, ${not}`;
  if (code === 'too_big' && origin === 'number') return `takes a number up to ${maximum}, ${not}`;
  return code === 'invalid_value' && values ? `takes ${values.join(', ')}, ${not}` : message;
}

/** Variables with a prefix, as camelCase keys: EPOCHLOG_CURATOR_MIN_WORDS → minWords. */
function withPrefix(environment: Environment, prefix: string): Record<string, string> {
  const camel = (name: string) =>
    name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined && value !== ''
        ? [[camel(name.slice(prefix.length)), value]]
        : [],
    ),
  );
}

/** The configuration, from EPOCHLOG_HOME, _HOST, _PORT … (docs/reference/settings.md has them all); `overrides` win. */
export const readConfig = (
  overrides: Partial<Record<keyof Config, string>> = {},
  environment: Environment = process.env,
): Config =>
  parse(configSchema, { ...withPrefix(environment, 'EPOCHLOG_'), ...overrides }, (key) => envName(key));

/**
 * Settings of one service, from EPOCHLOG_<SERVICE>_<SETTING>; the default model, the cache and the metrics of the user, where it has
 * them, from EPOCHLOG_MODEL, EPOCHLOG_CACHE and EPOCHLOG_METRICS.
 */
export function readSettings<T>(service: Service<T>, environment: Environment = process.env): T | undefined {
  if (!service.settings) return undefined;
  const {
    EPOCHLOG_MODEL: model = '',
    EPOCHLOG_CACHE: cache = '',
    EPOCHLOG_METRICS: metrics = '',
  } = environment;
  const shared = {
    cache: configSchema.shape.cache.parse(cache === '' ? undefined : cache),
    ...(model !== '' && { model }),
    ...(metrics !== '' && { metrics: resolve(metrics) }),
  };
  const raw = { ...shared, ...withPrefix(environment, `${envName(service.name)}_`) };
  return parse(service.settings, raw, (key) => envName(service.name, key));
}
