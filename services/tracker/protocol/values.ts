import { posix } from 'node:path';
import { z } from 'zod';

/** Values of MLflow's messages as JSON has them (proto3 JSON: 64-bit integers may be texts, NaN is one). */

/** As `mlflow/utils/validation.py` has them. */
export const MLFLOW_LIMITS = {
  metricsPerBatch: 1_000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entitiesPerBatch: 1_000,
  key: 250,
  param: 6_000,
  tag: 8_000,
  experimentTag: 20_000,
  registryTag: 100_000,
  experimentName: 500,
  datasetName: 500,
  datasetDigest: 36,
  /** MLflow takes 64 KiB of a source and up to 16 MB of a profile: a text of an event is shorter */
  datasetText: 65_535,
  alias: 255,
  /** MLflow takes 256: the name is the key of its events */
  registeredName: 200,
  description: 5_000,
  results: 50_000,
  path: 1_000,
} as const;

export const text = (max: number, what = 'text') =>
  z
    .string('must be a text')
    .max(max, `${what} exceeds the maximum length of ${max} characters`)
    .refine((value) => value.isWellFormed(), 'has half a surrogate pair: it is no Unicode text');

export const int = z.union(
  [
    z.int(),
    z

      .string()
      .max(17)
      .regex(/^-?\d{1,16}$/)
      .transform(Number),
  ],
  'must be a whole number',
);

const SPECIAL = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

export const double = z.union(
  [
    z.number(),
    z.enum(['NaN', 'Infinity', '-Infinity']).transform((name) => SPECIAL[name]),
    z
      .string()
      .max(40)
      .regex(/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i)
      .transform(Number),
  ],
  'must be a number (a 64-bit floating point), or one of the texts NaN, Infinity and -Infinity',
);

export const flag = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')],
  'must be true or false',
);

/** A list; a query string may have a single value in its place (`inputOf`). */
export const list = <T extends z.ZodType>(of: T, max: number, what = 'entries') =>
  z.array(of).max(max, `has more than the ${max} ${what} that a request may have: send several`).default([]);

const NAME = /^[/\w.\- :]+$/;

/** A name of a metric, parameter or tag, as MLflow takes them: they are names of files too. */
export const keyName = text(MLFLOW_LIMITS.key, 'Its name')
  .regex(
    NAME,
    'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) and slashes (/)',
  )
  .refine(isPlainPath, 'Names that are paths must be normalized, relative, and without ..');

function isPlainPath(name: string): boolean {
  return posix.normalize(name) === name && !name.startsWith('/') && !name.startsWith('..') && name !== '.';
}

export const id = text(256, 'An id').regex(
  /^[a-zA-Z0-9][\w-]*$/,
  'must be letters, digits, dashes and underscores, and begin with a letter or digit',
);

/** Clients before MLflow 1.0 say run_uuid. */
export const ofRun = { run_id: id.optional(), run_uuid: id.optional() };

export const pair = (max: number, value = "'value'") => z.object({ key: keyName, value: text(max, value) });
export const tag = pair(MLFLOW_LIMITS.tag);
export const param = pair(MLFLOW_LIMITS.param);
export const tagList = list(tag, MLFLOW_LIMITS.tagsPerBatch, 'tags');

export const registeredName = text(MLFLOW_LIMITS.registeredName, 'Registered model name')
  .refine((name) => name.trim() !== '', "Missing value for required parameter 'name': it cannot be empty.")
  .refine((name) => !/[/:]|\p{Cc}/u.test(name), "Names cannot contain '/' or ':'")
  .refine(isPlainPath, 'Names that are paths must be normalized, relative, and without ..');

export const versionNumber = z.union(
  [
    z.int().positive(),
    z

      .string()
      .max(9)
      .regex(/^[1-9]\d{0,8}$/)
      .transform(Number),
  ],
  { error: ({ input }) => `Parameter 'version' must be an integer, got '${String(input).slice(0, 100)}'.` },
);

export const description = text(MLFLOW_LIMITS.description, 'A description');

export const search = (defaults: { max: number; most: number }) => ({
  filter: text(10_000, 'A filter').default(''),
  order_by: list(text(1_000, 'An order'), 20),
  max_results: int
    .default(defaults.max)
    .refine(
      (value) => value > 0 && value <= defaults.most,
      `must be at least 1 and at most ${defaults.most}`,
    ),
  page_token: text(1_000, 'A page token').default(''),
});

export const viewType = z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY');
