import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';
import { environment, identifier } from '../../kernel/texts.ts';
import { METRICS } from '../../ml/metrics/catalogue.ts';
import { isMeasure, isOwnMetric, OPERATIONAL } from '../../ml/metrics/operational.ts';
import { duration } from './durations.ts';
import { LABEL_TIES } from './labels.ts';
import { monitorsOver } from './monitors.ts';
import { SPLIT_STRATEGIES } from './splits.ts';

const fraction = z.number().min(0).max(1);
const windowSize = z.int().min(10).max(100_000);
const metric = z.string().superRefine((name, context) => {
  if (Object.hasOwn(METRICS, name)) return;
  context.addIssue({
    code: 'custom',
    message: `is no metric: ${suggestion(name, Object.keys(METRICS))}`,
  });
});

const beforeProduction = environment.refine(
  (name) => name !== 'production',
  'cannot require itself: name another environment, such as staging',
);

const bound = z.number().nullable().default(null);
const gate = z
  .strictObject({
    minimum: bound,
    maximum: bound,
    ofBaseline: z.number().positive().max(1).nullable().default(null),
    regression: z.number().min(0).nullable().default(null),
    level: z.enum(['critical', 'warning']).default('critical'),
    targets: z.array(environment).max(20).default([]),
  })
  .superRefine(({ minimum, maximum, ofBaseline, regression }, context) => {
    const message =
      minimum === null && maximum === null && ofBaseline === null && regression === null
        ? 'needs a minimum or a maximum, or ofBaseline or regression, which compare with the version in production'
        : minimum !== null && maximum !== null && minimum > maximum
          ? `no value is above ${minimum} and below ${maximum}`
          : undefined;
    if (message) context.addIssue({ code: 'custom', message });
  });
const gates = z
  .record(z.string(), z.union([gate, z.array(gate).min(1).max(20)]))
  .superRefine((gates, context) => {
    const known = [...Object.keys(METRICS), ...Object.keys(OPERATIONAL)];
    for (const name of Object.keys(gates).filter((name) => !isMeasure(name))) {
      const message = `is nothing that is measured: ${suggestion(name, known)}`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
    for (const [name, given] of Object.entries(gates).filter(([name]) => isOwnMetric(name))) {
      if (![given].flat().some(({ ofBaseline, regression }) => ofBaseline !== null || regression !== null))
        continue;
      const message =
        'is a metric of yours, of which nothing says which value is better: bound it by minimum or maximum';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .transform((gates) =>
    Object.entries(gates).flatMap(([metric, given]) =>
      [given].flat().map((bounds) => ({ metric, ...bounds })),
    ),
  );

const promotion = z.strictObject({
  metric: metric.nullable(),
  direction: z.enum(['higher', 'lower']).nullable(),
  margin: fraction,
  significance: fraction.nullable(),
  standardErrors: z.number().gt(0).max(10).nullable(),
  beatsConstant: z.boolean(),
  gates,
});
const rollout = z.strictObject({
  strategy: z.enum(['immediate', 'blue-green', 'canary', 'shadow']),
  stages: z.array(z.number().positive().max(100)).max(100),
  dwell: duration,
  minimumSamples: z.int().min(1).max(10_000_000),
  minimumOutcomes: z.int().min(0).max(10_000_000),
  maximumDwell: duration.nullable(),
  reviewEvery: duration,
  errorRatio: z.number().min(1),
  errorFloor: fraction,
  latencyRatio: z.number().min(1),
  labelDrift: z.number().min(0),
  confidenceShift: fraction,
  accuracyLoss: fraction,
  significance: z.number().gt(0).max(0.5),
  requires: z.record(beforeProduction, duration),
  maximumMb: z.number().positive(),
  maximumP95Ms: z.number().positive(),
});
const drift = z.strictObject({
  window: windowSize,
  psi: z.number().min(0),
  significance: fraction,
  vocabulary: z.number().min(0),
  auroc: z.number().min(0.5).max(1),
  slices: z.array(identifier).max(5),
});
const quality = z.strictObject({ window: windowSize, margin: fraction, significance: fraction });
const retraining = z.strictObject({
  newSamples: z.number().positive().nullable(),
  onDrift: z.boolean(),
  onQuality: z.boolean(),
  onCalibration: z.boolean(),
  adoptedParameters: z.boolean(),
  maximumAge: duration.nullable(),
  minimumNewSamples: z.number().min(0),
  coolDown: duration.nullable(),
});
const training = z.strictObject({
  trainFraction: fraction,
  validationFraction: fraction,
  minimumPerClass: z.int().min(1),
  split: z.enum(SPLIT_STRATEGIES),
  minimumLabels: z.int().min(1).max(100),
  labelTies: z.enum(LABEL_TIES),
});

const serving = z.strictObject({ unsureBelow: fraction, keepInput: z.boolean() });

const guard = z.strictObject({
  window: duration,
  minimumSamples: z.int().min(10).max(1_000_000),
  errorRate: fraction.nullable(),
  p95Ms: z.number().positive().nullable(),
});

const experiments = z.strictObject({
  significance: z.number().gt(0).max(0.5),
  minimumImprovement: fraction,
  minimumUnits: z.int().min(2).max(10_000_000),
  analyseEvery: duration,
  maximumDuration: duration,
  promotes: z.boolean(),
});

const role = z.strictObject({
  people: z.array(identifier).min(1).max(100),
  approvals: z.int().min(0).max(100).default(0),
});
const review = z.strictObject({
  approvals: z.int().min(0).max(100),
  roles: z
    .record(identifier, role)
    .superRefine((roles, context) => {
      for (const [name, { people, approvals }] of Object.entries(roles))
        if (approvals > people.length)
          context.addIssue({
            code: 'custom',
            path: [name, 'approvals'],
            message: `${approvals} approvals of ${people.length} people will never come`,
          });
    })
    .transform((roles) => Object.entries(roles).map(([name, given]) => ({ role: name, ...given }))),
  deadline: duration.nullable(),
});

const contributions = z.strictObject({
  minimumImprovement: z.number().min(-1).max(1),
  minimumAgreement: fraction,
});

const retention = z.strictObject({
  keepLast: z.int().min(0).max(100_000).nullable(),
  keepFor: duration.nullable(),
});

/** A policy with all its keys: durations in milliseconds, gates as a list. */
export const wholePolicy = z.strictObject({
  promotion,
  rollout,
  drift,
  quality,
  retraining,
  training,
  serving,
  guard,
  experiments,
  review,
  contributions,
  retention,
  monitors: monitorsOver([]),
});

export type Policy = z.output<typeof wholePolicy>;

/** The same with keys left out, which are completed by those of another policy. */
export const partialPolicy = (base: Policy) =>
  z
    .strictObject({
      promotion: promotion.partial().default({}),
      rollout: rollout.partial().default({}),
      drift: drift.partial().default({}),
      quality: quality.partial().default({}),
      retraining: retraining.partial().default({}),
      training: training.partial().default({}),
      serving: serving.partial().default({}),
      guard: guard.partial().default({}),
      experiments: experiments.partial().default({}),
      review: review.partial().default({}),
      contributions: contributions.partial().default({}),
      retention: retention.partial().default({}),
      monitors: monitorsOver(base.monitors).optional(),
    })
    .transform(
      (given): Policy => ({
        promotion: completed(base.promotion, given.promotion),
        rollout: completed(base.rollout, given.rollout),
        drift: completed(base.drift, given.drift),
        quality: completed(base.quality, given.quality),
        retraining: completed(base.retraining, given.retraining),
        training: completed(base.training, given.training),
        serving: completed(base.serving, given.serving),
        guard: completed(base.guard, given.guard),
        experiments: completed(base.experiments, given.experiments),
        review: completed(base.review, given.review),
        contributions: completed(base.contributions, given.contributions),
        retention: completed(base.retention, given.retention),
        monitors: given.monitors ?? base.monitors,
      }),
    );

const completed = <T extends object>(base: T, given: { [K in keyof T]?: T[K] | undefined }): T => ({
  ...base,
  ...given,
});
