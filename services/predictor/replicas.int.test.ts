import { expect, test } from 'vitest';
import { startInference } from '../../infra/inference/inference.ts';
import { putBundle } from '../../kernel/bundle.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Inference } from '../../kernel/ports/inference.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { type PredictorUnderTest, startPredictor } from '../../test/harness/predictor.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';

const [MODEL, CANDIDATE] = ['toy', 'v1.1.0'];
const KEYS = Array.from({ length: 40 }, (_, i) => `user-${i}`);

/** Of each key, the version that a predictor answers it with; every answer must be a prediction. */
const versionsOf = (predictor: PredictorUnderTest): Promise<string[]> =>
  Promise.all(
    KEYS.map(async (routingKey) => {
      const { status, body } = await predictor.ask({ model: MODEL, routingKey, instance: { title: 'wing' } });
      expect(status, JSON.stringify(body)).toBe(200);
      return body.predictions[0].version;
    }),
  );

test('a predictor that loads a candidate late answers with production, then as the others do', async () => {
  await using stack = new AsyncDisposableStack();
  const inference = startInference({ logger: NO_LOGGER });
  stack.defer(() => inference.close());
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let loads = 0;
  const late: Inference = {
    ...inference,
    async load(program, files) {
      loads += 1;
      if (loads > 1) await held;
      return inference.load(program, files);
    },
  };
  const first = stack.use(await startPredictor({ inference, instance: 'first' }));
  const { services } = first;
  const { home } = services;
  const second = stack.use(await startPredictor({ home, inference: late, instance: 'second' }));
  stack.defer(release);

  await first.promote('v1.0.0', await putBundle(services.artifacts, await toyPackage(1)));
  await Promise.all([first, second].map(({ services: { host } }) => host.settled()));
  const origin = {
    target: targetOf(MODEL, PRODUCTION),
    deploymentId: 'd',
    model: MODEL,
    environment: PRODUCTION,
  };
  const started = {
    package: await putBundle(services.artifacts, await toyPackage(2)),
    previous: 'v1.0.0',
    strategy: 'canary',
    stages: [50, 100],
    requestedBy: 'ada',
  };
  const common = { ...origin, version: CANDIDATE, reason: 'try it', policyVersion: 0 };
  await appendFact(services, newEvent('DeploymentStarted', { ...common, ...started }), 1);
  await eventually(async () => (await services.all('CandidateReady'))[0]);
  const shift = { stage: 1, share: 50, previousShare: 0 };
  await appendFact(services, newEvent('TrafficShifted', { ...common, ...shift }), 2);
  await services.host.settled();

  const split = await versionsOf(first);
  expect(new Set(split)).toEqual(new Set(['v1.0.0', CANDIDATE]));
  expect(new Set(await versionsOf(second))).toEqual(new Set(['v1.0.0']));
  release();
  await second.services.host.settled();
  expect(await versionsOf(second)).toEqual(split);
  const ready = await services.all('CandidateReady');
  expect(ready.map(({ data }) => data.instance)).toEqual(['first', 'second']);
});
