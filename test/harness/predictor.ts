import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createApp } from '../../infra/http/app.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { createPredictor } from '../../services/predictor/service.ts';
import { appendFact } from './facts.ts';
import { type ServicesOptions, type ServicesUnderTest, startServices } from './services.ts';

const logger = pino({ level: 'silent' });

export interface PredictorUnderTest extends AsyncDisposable {
  services: ServicesUnderTest;
  app: FastifyInstance;
  ask(payload: object, query?: string): ReturnType<typeof answerOf>;
  observe(outcomes: readonly { requestId: string; label: string }[]): ReturnType<typeof answerOf>;
  health(): ReturnType<typeof answerOf>;
  /** Appends what the registrar would; `settled` when it was followed. */
  promote(version: string, digest: string, sequence?: number, model?: string): Promise<void>;
  retire(sequence: number, model?: string): Promise<void>;
}

/** A predictor with its routes, on a log of its own or one that is there. `await using` stops it. */
export async function startPredictor(options: ServicesOptions = {}): Promise<PredictorUnderTest> {
  await using stack = new AsyncDisposableStack();
  const inference = options.inference ?? startInference({ logger });
  if (!options.inference) stack.defer(() => inference.close());
  const service = createPredictor();
  const telemetry = createPrometheus();
  const services = stack.use(await startServices([service], { telemetry, ...options, inference }));
  const app = await createApp({
    config: {},
    services: [service],
    host: services.host,
    telemetry,
    logger,
    ready: async () => {},
  });
  stack.defer(() => app.close());
  const started = stack.move();
  return {
    services,
    app,
    ask: (payload, query = '') => answerOf(app, 'POST', `/v1/predict${query}`, payload),
    observe: (outcomes) => answerOf(app, 'POST', '/v1/outcomes', { outcomes }),
    health: () => answerOf(app, 'GET', '/health/ml'),
    promote: (version, digest, sequence = 1, model = 'toy') =>
      appendFact(services, promotion(model, version, digest), sequence),
    retire: (sequence, model = 'toy') =>
      appendFact(
        services,
        newEvent('ModelRetired', {
          model,
          version: null,
          reason: 'old',
          requestedBy: 'test',
          policyVersion: 0,
        }),
        sequence,
      ),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function answerOf(app: FastifyInstance, method: 'GET' | 'POST', url: string, payload?: object) {
  const answer = await app.inject({ method, url, ...(payload && { payload }) });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

const promotion = (model: string, version: string, digest: string) =>
  newEvent('VersionPromoted', {
    model,
    version,
    previous: null,
    package: digest,
    runId: `run-${version}`,
    datasetId: 'toy-1',
    evaluationId: `run-${version}-test`,
    reason: 'better',
    requestedBy: 'test',
    policyVersion: 0,
  });
