import { z } from 'zod';
import * as texts from '../../kernel/texts.ts';

const MAX_INSTANCES = 512;
const MAX_OUTCOMES = 10_000;
const MAX_TOP = 100;
const MAX_ATTRIBUTES = 20;

const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional();

const instance = z.object({
  requestId: texts.identifier
    .optional()
    .describe(
      'your own id of this prediction: asked again, it gets the same answer, which counts once; asked for something else, 409',
    ),
  id: texts.identifier.optional().describe('your name for the instance; it comes back with the answer'),
  routingKey: texts.identifier
    .optional()
    .describe(
      'while a version is being deployed or an experiment runs: the same key, such as a user, is answered by the same version; the request id, if left out',
    ),
  attributes: texts
    .namedValues(texts.identifier, MAX_ATTRIBUTES)
    .optional()
    .describe(
      'of the request, such as its country: what experiments choose their audience by, and read their metrics by; only what a running experiment reads is kept',
    ),
  instance: texts
    .namedValues(z.union([texts.value, z.number(), z.boolean(), z.null()]), texts.LIMITS.entries)
    .meta({
      description:
        "the fields of the model's task, by name: GET /v1/tasks/{task}/schema has their JSON Schema",
      'x-instance': true,
    }),
  instant: instant.describe(
    'when the instance arose; now, if left out. What follows from it (a training, a promotion) has this instant too, so ' +
      'that past data can be replayed',
  ),
});

const model = texts.identifier
  .optional()
  .describe('left out: the one that EPOCHLOG_MODEL names, or the only one in production');

const version = texts.version
  .optional()
  .describe('the version that has to answer: 503 while it is another that does');

const instances = z.array(instance).min(1).max(MAX_INSTANCES);

const MAX_EXPLAINED = 32;
export const USUAL_FEATURES = 10;

const explain = z
  .union([z.boolean(), z.strictObject({ top: z.int().min(1).max(MAX_TOP).default(USUAL_FEATURES) })])
  .optional()
  .describe(
    `say what each answer is made of, by its ${USUAL_FEATURES} features that say most or so many ("top"): exact, of versions of the engines linear and trees; ${MAX_EXPLAINED} instances at most`,
  );

/** Instances, or one by itself. */
export const predictBody = instance
  .extend({
    instance: instance.shape.instance.optional(),
    model,
    version,
    instances: instances.optional(),
    explain,
  })
  .refine((body) => (body.instance === undefined) !== (body.instances === undefined), {
    message: 'give the "instance" to ask about, or a list of "instances", each as {"instance": {…}}',
  })
  .refine(({ explain, instances = [] }) => !explain || instances.length <= MAX_EXPLAINED, {
    path: ['explain'],
    message: `at most ${MAX_EXPLAINED} instances of a request are explained`,
  })
  .meta({
    id: 'PredictRequest',
    example: { model: 'account-health', instance: { plan: 'team', seats: 12, logins_30d: 31 } },
  });

export type PredictBody = z.infer<typeof predictBody>;
export type InstanceBody = z.infer<typeof instance>;

export const predictQuery = z.object({
  probabilities: z
    .enum(['true', 'false'])
    .default('false')
    .describe('give the probability of every label; a model of numbers has none'),
  top: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_TOP)
    .optional()
    .describe('give so many labels, the most probable first; a model of numbers has none'),
});

export type PredictQuery = z.infer<typeof predictQuery>;

const explanation = z.object({
  method: z.enum(['linear', 'tree-shap', 'sampled-shapley', 'occlusion']),
  label: z.string().nullable().describe('that is explained; null of a number'),
  score: z
    .number()
    .describe('log-odds of the label, or the number: base, contributions and rest add up to it'),
  base: z.number(),
  contributions: z
    .array(
      z.object({
        feature: z.string(),
        value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
        contribution: z.number(),
      }),
    )
    .describe('of the features that say most, the largest first'),
  rest: z.number().describe('of all other features together'),
});

export const predictAnswer = z
  .object({
    model: z.string(),
    version: z.string().describe('that answers'),
    decidedVersion: z
      .string()
      .describe('that is in production by the log; another than `version` while it cannot be served'),
    unit: z.string().optional().describe('of the predicted numbers, where the task names one'),
    predictions: z.array(
      z.object({
        requestId: z.string(),
        id: z.string().optional(),
        version: z.string().describe('that answered, also if that was an earlier one'),
        label: z
          .string()
          .optional()
          .describe('of a classifier; of a model of several labels these, in order, with | between them'),
        labels: z
          .array(z.object({ label: z.string(), probability: z.number() }))
          .optional()
          .describe('of a model of several labels: those that it answers with, the most probable first'),
        confidence: z
          .number()
          .optional()
          .describe('the probability of the label; of several labels that of the least sure decision on one'),
        unsure: z
          .boolean()
          .optional()
          .describe("whether the confidence is below `serving.unsureBelow` of the model's policy"),
        value: z.number().optional().describe('of a model whose answers are numbers'),
        probabilities: z.record(z.string(), z.number()).optional(),
        top: z
          .array(z.object({ label: z.string(), probability: z.number() }))
          .optional()
          .describe('the most probable labels'),
        explanation: explanation.optional().describe('where it was asked for'),
        features: z
          .record(z.string(), z.union([z.number(), z.string()]))
          .describe('what is monitored of the instance, without what is missing'),
      }),
    ),
    latencyMs: z.number(),
  })
  .meta({ id: 'PredictAnswer' });

export const outcomesBody = z
  .object({
    outcomes: z
      .array(
        z
          .object({
            requestId: texts.identifier,
            label: texts.identifier.optional().describe('the true label, of a classifier'),
            labels: z
              .array(texts.identifier)
              .max(texts.LIMITS.entries)
              .optional()
              .describe('the true labels, of a model of several; none: []'),
            value: z.number().optional().describe('the true number, of a model that answers with one'),
            instant: instant.describe('when it became known; now, if left out'),
            source: texts.identifier.default('api').describe('who says so'),
          })
          .refine(
            (given) =>
              [given.label, given.labels, given.value].filter((one) => one !== undefined).length === 1,
            {
              message:
                'needs a "label" or, of a model of several, a list of "labels" or, of a model that answers with a number, a "value", and one of them alone',
            },
          ),
      )
      .min(1)
      .max(MAX_OUTCOMES),
  })
  .meta({ id: 'OutcomesRequest' });

export type OutcomesBody = z.infer<typeof outcomesBody>;

export const outcomesAnswer = z
  .object({ accepted: z.number(), correlationId: z.string() })
  .meta({ id: 'OutcomesAnswer' });

const check = z.object({ ok: z.boolean(), detail: z.string() });

export const healthAnswer = z
  .object({
    status: z.enum(['ok', 'failing']),
    models: z.array(
      z.object({
        model: z.string(),
        version: z.string().nullable().describe('that answers; null when none does'),
        decidedVersion: z.string().describe('that is in production by the log'),
        package: z.string().describe('of the version in production'),
        checks: z.object({
          modelLoaded: check,
          decidedVersionServed: check,
          packageValid: check,
          inferenceWorks: check,
          latencyAcceptable: check.extend({
            probeMs: z.number().nullable(),
            p95Ms: z
              .number()
              .nullable()
              .describe('of the requests of the last minute; null when they are few'),
            thresholdMs: z.number(),
          }),
        }),
      }),
    ),
    advice: z.string().optional(),
  })
  .meta({ id: 'ModelHealth' });

export type HealthAnswer = z.infer<typeof healthAnswer>;
