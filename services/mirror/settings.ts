import { z } from 'zod';
import { faultOfTemplate } from '../../kernel/template.ts';
import { MODEL_FIELDS, RUN_FIELDS } from './naming.ts';

/** A text that names a secret, and is none: settings are saved with the state of a service. */
const secret = z
  .string()
  .regex(
    /^\$\{(?:env:[A-Za-z_]\w*|file:[^}]+)\}$/,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is how a reference is written
    'must refer to the secret, and not be it: ${env:VARIABLE} or ${file:/path}',
  )
  .optional();

const template = (fields: readonly string[], byDefault: string) =>
  z
    .string()
    .min(1)
    .max(200)
    .superRefine((text, context) => {
      const fault = faultOfTemplate(text, fields);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .default(byDefault);

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address, such as http://127.0.0.1:5000' })
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), {
    error:
      'must hold no user and no password: EPOCHLOG_MIRROR_USER and EPOCHLOG_MIRROR_PASSWORD are for them',
  })
  .transform((url) => url.replace(/\/+$/, ''));

export const settings = z.object({
  uri: address
    .optional()
    .describe(
      'address of a tracking server of MLflow 3, to which runs, their artifacts and versions are written (docs/mlflow.md); without it none are',
    ),
  token: secret.describe(
    'reference to the token that the server asks for: an environment variable or a file',
  ),
  user: z.string().min(1).max(200).optional().describe('user of the server, where it asks for a password'),
  password: secret.describe('reference to the password of that user'),
  experiment: template(MODEL_FIELDS, '{model}').describe(
    'name of the experiment that runs are written to; {model} is the name of the model',
  ),
  runName: template(RUN_FIELDS, 'epochlog-{model}-{date}-{run}').describe(
    'name of runs; {model}, {engine}, {date} (of the start), {run} (id)',
  ),
  since: z.iso
    .datetime({ offset: true, error: 'must be a moment such as 2026-03-01T00:00:00Z' })
    .optional()
    .describe('events before that are not written; without it all are, from the beginning of the log'),
  timeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .max(120_000)
    .default(20_000)
    .describe('how long the server may take to answer; a file has a second more for each megabyte'),
  maxPauseSeconds: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(300)
    .describe('the longest pause between two attempts while the server is away'),
});

export type MirrorSettings = z.output<typeof settings>;
