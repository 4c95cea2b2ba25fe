import { resolve } from 'node:path';
import { type ZodType, z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Service } from '../../kernel/service.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const BUCKET_URL = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(?<prefix>[\w!.*'()/-]*?))?\/*$/;

function toBucket(url: string): { bucket: string; prefix: string } {
  const { bucket = '', prefix = '' } = BUCKET_URL.exec(url)?.groups ?? {};
  return { bucket, prefix };
}

const schema = z
  .object({
    home: z
      .string()
      .default('.epochlog')
      .describe('folder that holds all data')
      .transform((path) => resolve(path)),
    host: z.string().default('127.0.0.1').describe('address that the HTTP API listens on'),
    port: z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(8800)
      .describe('port of the HTTP API; 0 takes a free one'),
    token: z.string().min(16).optional().describe('bearer token that writes must carry'),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
    artifacts: z
      .string()
      .regex(BUCKET_URL, 'must be s3://bucket or s3://bucket/prefix')
      .transform(toBucket)
      .optional()
      .describe('bucket that holds the artifacts; without one, a folder of the home does'),
    s3Endpoint: z
      .url({ protocol: /^https?$/, error: 'must be a URL with http or https' })
      .refine((url) => new URL(url).username === '', 'must not hold credentials: AWS_ACCESS_KEY_ID does')
      .optional()
      .describe("base URL of an S3-compatible store that is not AWS's"),
    s3Region: z.string().optional(),
    s3PathStyle: z
      .stringbool()
      .optional()
      .describe('names the bucket in the path, not in the host; by default with an endpoint only'),
  })
  .refine(({ host, token }) => LOOPBACK.has(host) || token, {
    path: ['token'],
    message: 'is needed (16 characters or more) to listen on an address that others can reach',
  });

export type Config = z.infer<typeof schema>;

const envName = (...words: readonly string[]) =>
  ['EPOCHLOG', ...words.map((word) => word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'))]
    .join('_')
    .toUpperCase();

/** Parses what the environment says for the keys of a schema. CONFIG_INVALID names the variable at fault. */
function parse<T>(settings: ZodType<T>, raw: Record<string, string>, name: (key: string) => string): T {
  const result = settings.safeParse(raw);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${name(String(issue.path[0] ?? ''))} ${issue.message}`);
  throw new EpochlogError('CONFIG_INVALID', `the configuration is wrong: ${faults.join('; ')}`);
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

/** The configuration, from EPOCHLOG_HOME, _HOST, _PORT … (docs/cli.md has them all); `overrides` win. */
export const readConfig = (
  overrides: Partial<Record<keyof Config, string>> = {},
  environment: Environment = process.env,
): Config => parse(schema, { ...withPrefix(environment, 'EPOCHLOG_'), ...overrides }, (key) => envName(key));

/** Settings of one service, from EPOCHLOG_<SERVICE>_<SETTING>. */
export function readSettings<T>(service: Service<T>, environment: Environment = process.env): T | undefined {
  if (!service.settings) return undefined;
  const raw = withPrefix(environment, `${envName(service.name)}_`);
  return parse(service.settings, raw, (key) => envName(service.name, key));
}
