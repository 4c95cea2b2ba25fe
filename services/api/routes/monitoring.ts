import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { PRODUCTION } from '../../../schemas/deployments/running.ts';
import { PLAN_OUTCOMES } from '../../../schemas/vocabularies.ts';
import { addList, moment } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const window = z.object({
  model: z.string(),
  version: z.string(),
  window: z.number().describe('from 1'),
  from: z.string().describe('instant of the first prediction'),
  to: z.string().describe('instant of the last prediction'),
  time: z.string(),
  policyVersion: z.number().describe('of the policy that was followed; 0: the default'),
  eventId: z.string(),
});

const drift = window
  .extend({
    predictions: z.number(),
    drifted: z.boolean(),
    features: z.array(
      z.object({
        feature: z.string(),
        slice: z.string().describe('column=value of the predictions that were compared; empty: all'),
        psi: z.number().describe('population stability index'),
        expectedPsi: z.number().describe('its mean under no drift'),
        auroc: z.number().nullable().describe('of the domain classifier; null of other features'),
        expectedAuroc: z.number().nullable().describe('its mean under no drift'),
        pValue: z.number().describe('of the AUROC where there is one, else of the PSI, under no drift'),
        adjustedPValue: z.number().nullable().describe('corrected for the number of features (Holm)'),
        drifted: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'DriftWindow' });

const quality = window
  .extend({
    labelled: z.number(),
    metric: z.string(),
    value: z.number(),
    reference: z.number().describe('value of the metric on the test split'),
    pValue: z.number(),
    dropped: z.boolean(),
  })
  .meta({ id: 'QualityWindow' });

const alertStatus = z.enum(['open', 'resolved']);

const alert = z
  .object({
    alertId: z.string(),
    monitorId: z.string(),
    model: z.string(),
    version: z.string().nullable(),
    cause: z.string().nullable(),
    severity: z.string().nullable().describe('warning or critical'),
    status: alertStatus,
    silenced: z.boolean().describe('whether it was raised in a silence, so that no notification was sent'),
    value: z.number().nullable().describe('what was measured'),
    bound: z.number().nullable().describe('that it passed'),
    samples: z.number().nullable(),
    measurementId: z.string().nullable(),
    reason: z.string(),
    resolution: z.string().nullable(),
    policyVersion: z.number().describe('of the policy that was followed when it was raised; 0: the default'),
    raisedAt: z.string().nullable(),
    resolvedAt: z.string().nullable(),
  })
  .meta({ id: 'Alert' });

const qualityOfVersion = z
  .object({
    model: z.string(),
    version: z.string(),
    predictions: z.number(),
    failures: z.number(),
    confidence: z.number().nullable().describe('mean, to a hundredth'),
    labels: z.record(z.string(), z.number()).describe('how often each was answered'),
    labelled: z.number().describe('predictions whose outcome was reported'),
    missing: z.number().describe('share of those whose outcome was not'),
    accuracy: z.number().nullable(),
    macroF1: z.number().nullable(),
    rmse: z.number().nullable().describe('of predicted numbers'),
  })
  .meta({ id: 'QualityOfVersion' });

const planStatus = z.enum(['running', ...PLAN_OUTCOMES, 'not_started']);

const trainingPlan = z
  .object({
    planId: z.string(),
    model: z.string(),
    status: planStatus,
    cause: z.string().nullable(),
    reason: z.string(),
    outcome: z.string().nullable(),
    samples: z.number().nullable(),
    samplesAtLast: z.number().nullable(),
    datasetId: z.string().nullable(),
    runId: z.string().nullable(),
    engine: z.string().nullable(),
    version: z.string().nullable(),
    policyVersion: z.number().nullable().describe('of the policy that was followed; 0: the default'),
    plannedAt: z.string(),
    endedAt: z.string().nullable(),
    trainingSeconds: z.number().nullable().describe('of its run; null where none is completed'),
    evaluationSeconds: z.number().nullable().describe('of all evaluations of the run'),
    elapsedSeconds: z.number().nullable().describe('from the plan to its end, waiting included'),
    cpuSeconds: z.number().nullable().describe('of the epochs of its run'),
    wattHours: z.number().nullable().describe('of the epochs, estimated: see EPOCHLOG_TRAINER_WATTS'),
  })
  .meta({ id: 'TrainingPlan' });

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['monitoring'];
  const model = lookup.optional();
  const version = lookup.optional();

  addList(app, query, {
    url: '/v1/drift',
    operationId: 'listDrift',
    summary: 'Windows of predictions, the newest first, with the drift of each feature',
    tags,
    query: 'drift/list',
    filters: { model, version, feature: lookup.optional() },
    item: drift,
    key: ['time', 'window', 'eventId'],
  });

  addList(app, query, {
    url: '/v1/quality',
    operationId: 'listQuality',
    summary: 'Windows of labelled predictions, the newest first, with the metric on each',
    tags,
    query: 'quality/list',
    filters: { model, version },
    item: quality,
    key: ['time', 'window', 'eventId'],
  });

  addList(app, query, {
    url: '/v1/quality/versions',
    operationId: 'listQualityOfVersions',
    summary: 'How versions did on all that they served, as far as outcomes have come',
    tags,
    query: 'quality/by-version',
    filters: {
      model,
      version,
      environment: lookup.default(PRODUCTION),
      from: moment.optional(),
      to: moment.optional(),
    },
    item: qualityOfVersion,
    key: ['model', 'version'],
  });

  addList(app, query, {
    url: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'Alerts, the newest first',
    tags,
    query: 'alerts/list',
    filters: { model, kind: lookup.optional(), status: alertStatus.optional() },
    item: alert,
    key: ['raisedAt', 'alertId'],
  });

  addList(app, query, {
    url: '/v1/trainings',
    operationId: 'listTrainings',
    summary: 'Training plans, the newest first: why each model was trained, how it ended, and what it cost',
    tags,
    query: 'trainings/list',
    filters: { model, status: planStatus.optional() },
    item: trainingPlan,
    key: ['plannedAt', 'planId'],
  });
}
