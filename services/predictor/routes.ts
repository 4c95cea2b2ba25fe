import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { EpochlogError, type ErrorCode } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { labelSet } from '../../ml/label-sets.ts';
import { newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import { type Answer, featuresOf, type InstanceRequest } from './answer.ts';
import type { Wanted } from './explanations.ts';
import { health } from './health.ts';
import type { KnownTargets } from './known-targets.ts';
import { modelNamed } from './naming.ts';
import type { Predictor } from './predictor.ts';
import {
  healthAnswer,
  type InstanceBody,
  type OutcomesBody,
  outcomesAnswer,
  outcomesBody,
  type PredictBody,
  type PredictQuery,
  predictAnswer,
  predictBody,
  predictQuery,
  USUAL_FEATURES,
} from './schemas.ts';
import type { PredictorSettings } from './settings.ts';

const BODY_BYTES = 16 * 1024 * 1024;
const PREDICT_ERRORS: readonly ErrorCode[] = [
  'NOT_FOUND',
  'CONFLICT',
  'MODEL_NOT_READY',
  'MODEL_LOADING',
  'OVERLOADED',
  'SPOOL_FULL',
  'INFERENCE_UNAVAILABLE',
  'INFERENCE_FAILED',
  'INFERENCE_TIMEOUT',
];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `predictor` gives the one at work, or throws MODEL_LOADING while there is none. */
export function addRoutes(
  app: FastifyInstance,
  { publisher, artifacts, clock, settings }: ServiceContext<PredictorSettings>,
  predictor: () => Predictor,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const correlationOf = (header: string | string[] | undefined) =>
    typeof header === 'string' && UUID.test(header) ? header : newId(clock.now());

  routes.route({
    method: 'POST',
    url: '/v1/predict',
    bodyLimit: BODY_BYTES,
    config: { role: 'operator', counts: 'predictions', errors: PREDICT_ERRORS },
    schema: {
      operationId: 'predict',
      summary: 'Predict the label, the labels or the number of instances',
      description:
        'Every prediction that is answered is durable before the answer is sent. While the version in production ' +
        'cannot be served, the one before answers: `version` is then another than `decidedVersion`.',
      tags: ['predictions'],
      body: predictBody,
      querystring: predictQuery,
      response: { 200: predictAnswer },
    },
    async handler({ body, query, headers }, reply) {
      const call = {
        started: performance.now(),
        correlationId: correlationOf(headers['x-correlation-id']),
        version: body.version,
        route: 'predict' as const,
      };
      reply.header('x-correlation-id', call.correlationId);
      const { deployment } = predictor();
      const model = modelNamed(deployment, body, settings.model);
      const decidedVersion = deployment.of(model.model)?.production.version ?? model.version;
      const instances = instancesOf(body);
      const wanted = wantedOf(body);
      if (wanted) await predictor().explanations.prepare(model); // before anything is in the log
      const answers = await predictor().predict(instances, model, call);
      const explanations = wanted && (await predictor().explanations.of(answers, instances, wanted));
      return {
        model: model.model,
        version: model.version,
        decidedVersion,
        ...(model.task.type === 'regression' && { unit: model.task.unit }),
        predictions: answers.map((answer, at) => ({
          ...predictionOf(answer, query),
          ...(explanations && { explanation: explanations[at]! }),
        })),
        latencyMs: performance.now() - call.started,
      };
    },
  });

  routes.route({
    method: 'POST',
    url: '/v1/outcomes',
    bodyLimit: BODY_BYTES,
    config: { role: 'operator', counts: 'predictions', errors: ['MODEL_LOADING'] },
    schema: {
      operationId: 'reportOutcomes',
      summary: 'Report the true labels or numbers of earlier predictions',
      description:
        'Each has a label or a value. What the model that answered can never answer is refused (a label that it does not ' +
        'know, a number outside the range of its target), with all outcomes of the request. An outcome may come before ' +
        'its prediction does, or long after it: of a request id that is not known here it must fit any model.',
      tags: ['predictions'],
      body: outcomesBody,
      response: { 202: outcomesAnswer },
    },
    async handler({ body, headers }, reply) {
      assertOutcomesFit(body.outcomes, predictor().targets);
      const correlationId = correlationOf(headers['x-correlation-id']);
      const reportedAt = clock.now();
      const events = body.outcomes.map(({ requestId, value = null, source, instant, ...outcome }) => {
        const label = textOf(outcome) ?? null;
        const data = { requestId, label, value, reportedAt, source };
        return newEvent('OutcomeReported', data, millisecondsOf(instant));
      });
      await publisher.publish(events, correlationId);
      return reply.code(202).send({ accepted: events.length, correlationId });
    },
  });

  routes.route({
    method: 'GET',
    url: '/health/ml',
    schema: {
      operationId: 'getModelHealth',
      summary: 'Is the model loaded, its package valid, does inference work, and fast enough?',
      tags: ['health'],
      response: { 200: healthAnswer, 503: healthAnswer },
    },
    async handler(_request, reply) {
      const answer = await health(predictor(), artifacts, settings.healthLatencyMs);
      return reply.code(answer.status === 'ok' ? 200 : 503).send(answer);
    },
  });
}

/** The true label, or the true labels as one text. */
const textOf = ({ label, labels }: Pick<OutcomesBody['outcomes'][number], 'label' | 'labels'>) =>
  labels ? labelSet(labels) : label;

function assertOutcomesFit(outcomes: OutcomesBody['outcomes'], targets: KnownTargets): void {
  for (const [index, outcome] of outcomes.entries()) {
    const why = targets.whyUnfit(outcome.requestId, { label: textOf(outcome), value: outcome.value });
    const field = outcome.labels ? 'labels' : outcome.label === undefined ? 'value' : 'label';
    if (why)
      throw new EpochlogError(
        'INPUT_INVALID',
        `outcomes[${index}].${field}: ${why}; no outcome was taken in`,
      );
  }
}

/** How an explanation is asked for; undefined where none is. */
const wantedOf = ({ explain }: PredictBody): Wanted | undefined =>
  explain === true ? { top: USUAL_FEATURES } : explain || undefined;

const instancesOf = (body: PredictBody): InstanceRequest[] => (body.instances ?? [body]).map(instanceOf);

const instanceOf = ({
  requestId,
  id,
  routingKey,
  attributes,
  instance,
  instant,
}: PredictBody | InstanceBody): InstanceRequest => ({
  requestId,
  id,
  routingKey,
  attributes,
  fields: instance ?? {},
  instant: millisecondsOf(instant),
});

const millisecondsOf = (instant?: string): number | undefined =>
  instant === undefined ? undefined : Date.parse(instant);

function predictionOf(answer: Answer, { probabilities, top }: PredictQuery) {
  const { requestId, instanceId, version, prediction, isUnsure } = answer;
  const { label, labels, value, confidence, scores, monitored } = prediction;
  return {
    requestId,
    ...(instanceId === null ? {} : { id: instanceId }),
    version,
    ...(value === null
      ? {
          label: label ?? undefined,
          ...(labels && { labels: mostProbable(scores, labels.length, labels) }),
          confidence: confidence ?? undefined,
          unsure: isUnsure ?? undefined,
          ...(probabilities === 'true' && { probabilities: scores }),
          ...(top !== undefined && { top: mostProbable(scores, top) }),
        }
      : { value }),
    features: featuresOf(monitored),
  };
}

const mostProbable = (
  scores: Readonly<Record<string, number>>,
  count: number,
  among: readonly string[] = Object.keys(scores),
) =>
  among
    .map((label): [string, number] => [label, scores[label]!])
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([label, probability]) => ({ label, probability }));
