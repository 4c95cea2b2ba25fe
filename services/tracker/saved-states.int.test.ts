import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStates } from '../../infra/states/sqlite.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { SINGLE_SHARD } from '../../kernel/ports/log.ts';
import { NO_STATES, type ShardState } from '../../kernel/ports/states.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import type { TrackerContext } from './settings.ts';
import { TrackingLog } from './tracking-log.ts';

const SEED = 15;
const by = { requestedBy: 'someone' };
const NOTHING = { metrics: [], params: [], tags: [], removedTags: [], ...by };

const run = fc.integer({ min: 0, max: 150 }).map((i) => `run-${i}`);
const experiment = fc.constantFrom('0', '7');
const text = fc.constantFrom('a', 'b', 'c');

/** Events of tracking clients, many of which a rule refuses. */
const event: fc.Arbitrary<NewEvent> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(run, experiment).map(([runId, experimentId]) => started(runId, experimentId)),
  },
  fc
    .tuple(run, text, text)
    .map(([runId, key, value]) =>
      newEvent('TrackedValuesLogged', { ...NOTHING, runId, params: [{ key, value }] }),
    ),
  fc
    .tuple(run, fc.nat(9), fc.double())
    .map(([runId, step, value]) =>
      newEvent('TrackedValuesLogged', { ...NOTHING, runId, metrics: [metric(step, value)] }),
    ),
  fc.tuple(run, fc.constantFrom('active', 'deleted')).map(([runId, lifecycleStage]) =>
    newEvent('TrackedRunChanged', {
      runId,
      lifecycleStage,
      name: null,
      status: null,
      endedAt: null,
      ...by,
    }),
  ),
  fc.constantFrom('active', 'deleted').map((lifecycleStage) =>
    newEvent('TrackedExperimentChanged', {
      ...{ experimentId: '7', name: null, lifecycleStage, tags: [], removedTags: [], ...by },
    }),
  ),
  fc
    .tuple(run, text)
    .map(([id, path]) =>
      newEvent('TrackedArtifactStored', { root: `0/${id}`, path, digest: 'd'.repeat(64), bytes: 1, ...by }),
    ),
);

const started = (runId: string, experimentId: string) =>
  newEvent('TrackedRunStarted', {
    ...{ runId, experimentId, name: runId, userName: 'u', startedAt: 1, tags: [], ...by },
  });
const metric = (step: number, value: number) => ({
  ...{ key: 'loss', value, timestamp: 1, step, modelId: null, datasetName: null, datasetDigest: null },
});

test('a process that sees the log late reads and logs to what another one has acknowledged', async () => {
  await using services = await startServices([]);
  const { events } = services;
  let arrival = Promise.withResolvers<void>();
  const late: TrackerContext['events'] = {
    ...events,
    async *followPages(from, signal, limit) {
      for await (const page of events.followPages(from, signal, limit)) {
        await arrival.promise;
        yield page;
      }
    },
  };
  const stopping = new AbortController();
  const [first, second] = [
    await foldedAnew(services),
    await restored({ ...services, events: late }, NO_STATES.open('none', SINGLE_SHARD)),
  ];
  const following = [first, second].map((log) => log.follow(stopping.signal));
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    stopping.abort();
    arrival.resolve();
    await Promise.all(following);
  });
  await first.appendAtOnce(started('run-1', '0'));
  expect(second.state.runs.has('run-1')).toBe(false);
  const caughtUp = second.caughtUp();
  arrival.resolve();
  await caughtUp;
  expect(second.state.runs.has('run-1')).toBe(true);
  arrival = Promise.withResolvers();
  await first.appendAtOnce(started('run-2', '0'));
  expect(second.state.runs.has('run-2')).toBe(false);
  const appended = second.appendAtOnce(
    newEvent('TrackedValuesLogged', { ...NOTHING, runId: 'run-2', metrics: [metric(0, 1)] }),
  );
  arrival.resolve();
  await appended;
  expect(second.state.runs.get('run-2')?.metrics.size).toBe(1);
});

async function restored({ events, publisher }: ServicesUnderTest, state: ShardState): Promise<TrackingLog> {
  const context = { events, publisher, logger: NO_LOGGER } as TrackerContext;
  const log = new TrackingLog(context, state);
  await log.restore();
  return log;
}

const foldedAnew = (services: ServicesUnderTest) => restored(services, NO_STATES.open('none', SINGLE_SHARD));

test('a start that continues from a saved state comes to the state that folding the whole log comes to', async () => {
  const [histories] = fc.sample(
    fc.array(fc.array(event, { minLength: 250, maxLength: 300 }), { minLength: 4, maxLength: 4 }),
    { seed: SEED, numRuns: 1 },
  );
  await using services = await startServices([]);
  await using other = await startServices([]);
  const states = openStates(`${services.home}/states`, 'c'.repeat(64), NO_LOGGER);
  const open = () => states.open('tracker/fold', SINGLE_SHARD);
  await services.publisher.publish([
    newEvent('TrackedExperimentCreated', {
      experimentId: '7',
      name: 'seven',
      artifactLocation: null,
      tags: [],
      ...by,
    }),
  ]);
  for (const history of histories!) {
    await services.publisher.publish(history);
    const { state } = await restored(services, open());
    expect(state).toEqual((await foldedAnew(services)).state);
    expect(open().saved).toMatchObject({ runs: state.runs.size });
  }
  await other.publisher.publish(histories!.flat());
  const { state } = await restored(other, open()); // of another log
  expect(state).toEqual((await foldedAnew(other)).state);
  states.close();
});
