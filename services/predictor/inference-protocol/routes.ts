import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { EpochlogError, type ErrorCode } from '../../../kernel/errors.ts';
import { newId } from '../../../kernel/ids.ts';
import { identifier } from '../../../kernel/texts.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import type { ServiceContext } from '../../../schemas/catalogue.ts';
import type { Answer } from '../answer.ts';
import { modelNamed } from '../naming.ts';
import type { Predictor } from '../predictor.ts';
import type { ServedModel } from '../served-model.ts';
import type { PredictorSettings } from '../settings.ts';
import { answerInProtocol, readAnyMediaTypeAsJson } from './errors.ts';
import {
  inferAnswer,
  inferBody,
  modelMetadata,
  modelReady,
  ofModel,
  ofVersion,
  serverLive,
  serverMetadata,
  serverReady,
} from './schemas.ts';
import { inputsOf, instancesIn, outputsFor, outputsOf } from './tensors.ts';

const BODY_BYTES = 16 * 1024 * 1024;
const ERRORS: readonly ErrorCode[] = [
  'NOT_FOUND',
  'MODEL_NOT_READY',
  'MODEL_LOADING',
  'OVERLOADED',
  'SPOOL_FULL',
  'INFERENCE_UNAVAILABLE',
  'INFERENCE_FAILED',
  'INFERENCE_TIMEOUT',
];
const tags = ['Open Inference Protocol'];

interface Wanted {
  model: string;
  version?: string | undefined;
}

/**
 * The Open Inference Protocol (version 2, REST): https://github.com/kserve/open-inference-protocol. Predictions are answered and
 * recorded as those of POST /v1/predict; errors are as the protocol has them.
 */
export async function addProtocolRoutes(
  app: FastifyInstance,
  { clock, settings }: ServiceContext<PredictorSettings>,
  predictor: () => Predictor,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  readAnyMediaTypeAsJson(app);
  answerInProtocol(app);
  const servedAs = (wanted: Wanted) => modelNamed(predictor().deployment, wanted, settings.model);

  routes.route({
    method: 'GET',
    url: '/v2',
    schema: {
      operationId: 'getInferenceServer',
      summary: 'Name and version of this server',
      tags,
      response: { 200: serverMetadata },
    },
    handler: async () => ({ name: packageJson.name, version: packageJson.version, extensions: [] }),
  });

  routes.route({
    method: 'GET',
    url: '/v2/health/live',
    schema: {
      operationId: 'getInferenceLiveness',
      summary: 'Does the predictor answer?',
      tags,
      response: { 200: serverLive },
    },
    handler: async () => ({ live: true }),
  });

  routes.route({
    method: 'GET',
    url: '/v2/health/ready',
    config: { errors: ['MODEL_NOT_READY', 'MODEL_LOADING'] },
    schema: {
      operationId: 'getInferenceReadiness',
      summary: 'Does every model in production have a version that answers?',
      tags,
      response: { 200: serverReady },
    },
    async handler() {
      const waiting = [...predictor().deployment.deployed()].filter(([, { served }]) => !served);
      if (waiting.length > 0) {
        const names = waiting.map(([name]) => name).join(', ');
        throw new EpochlogError('MODEL_NOT_READY', `no version answers of ${names}: see /health/ml`);
      }
      return { ready: true };
    },
  });

  for (const [params, path, named] of [
    [ofModel, '/v2/models/:model', ''],
    [ofVersion, '/v2/models/:model/versions/:version', 'Version'],
  ] as const) {
    routes.route({
      method: 'GET',
      url: path,
      config: { errors: ERRORS },
      schema: {
        operationId: `getInferenceModel${named}`,
        summary: 'Inputs and outputs of a model, by its package',
        tags,
        params,
        response: { 200: modelMetadata },
      },
      handler: async ({ params }) => metadataOf(servedAs(params), predictor()),
    });

    routes.route({
      method: 'GET',
      url: `${path}/ready`,
      config: { errors: ERRORS },
      schema: {
        operationId: `getInferenceModel${named}Readiness`,
        summary: 'Does the model answer?',
        tags,
        params,
        response: { 200: modelReady },
      },
      handler: async ({ params }) => ({ name: servedAs(params).model, ready: true }),
    });

    routes.route({
      method: 'POST',
      url: `${path}/infer`,
      bodyLimit: BODY_BYTES,
      config: { role: 'operator', counts: 'predictions', errors: ERRORS },
      schema: {
        operationId: `inferWithModel${named}`,
        summary: 'Predict the label or the number of instances, given as tensors',
        description:
          'Each input is a field, with a value for each instance. Recorded as POST /v1/predict is.',
        tags,
        params,
        body: inferBody,
        response: { 200: inferAnswer },
      },
      handler: async ({ params, body }) => infer(servedAs(params), params, body),
    });
  }

  async function infer(model: ServedModel, { version }: Wanted, body: z.infer<typeof inferBody>) {
    const call = {
      started: performance.now(),
      correlationId: newId(clock.now()),
      version,
      route: 'infer' as const,
    };
    const { id, inputs, outputs, parameters } = body;
    outputsFor([], model.task, outputs); // before anything is recorded
    const routingKey = routingKeyIn(parameters);
    const asked = instancesIn(inputs, model.schema).map((fields) => ({ fields, routingKey }));
    const answers = await predictor().predict(asked, model, call);
    return {
      model_name: model.model,
      model_version: versionOf(answers) ?? model.version,
      ...(id !== undefined && { id }),
      outputs: outputsFor(answers, model.task, outputs),
    };
  }
}

function routingKeyIn(parameters: z.infer<typeof inferBody>['parameters']): string | undefined {
  const key = parameters?.routing_key;
  if (key === undefined) return undefined;
  const { data, error } = identifier.safeParse(key);
  if (error) throw new EpochlogError('INPUT_INVALID', `parameters.routing_key: ${error.issues[0]?.message}`);
  return data;
}

/** That of the first instance: while a version is deployed, others may be answered by another. */
const versionOf = ([first]: readonly Answer[]): string | undefined => first?.version;

function metadataOf({ model, task, schema }: ServedModel, { deployment }: Predictor) {
  const versions = [deployment.of(model)?.served, deployment.candidates.of(model)?.served];
  return {
    name: model,
    versions: versions.flatMap((served) => (served ? [served.version] : [])),
    platform: 'onnx_onnxruntime',
    inputs: inputsOf(schema),
    outputs: outputsOf(task),
  };
}
