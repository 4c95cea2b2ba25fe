import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoggedEvent, NewEvent } from '../../schemas/catalogue.ts';
import { play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import * as given from './fixtures.ts';
import { planner, service } from './service.ts';

const decider = planner;
const policy = policyChanged(given.MODEL, 'retraining: { minimumNewSamples: 0.02, newSamples: 0.3 }');
const training = fc.integer({ min: 1, max: 8 });
const ENDS = [
  given.promoted,
  given.promotionRefused,
  given.datasetRefused,
  given.trainingFailed,
  given.evaluationFailed,
] as const;

/** Valid and invalid events in any order. */
const inputs: fc.Arbitrary<NewEvent[]> = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc
          .integer({ min: 1, max: 20 })
          .map((count) => [...given.collected('c', count), ...given.times(count, given.accepted)]),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom(...ENDS), training).map(([end, number]) => [end(number)]),
      },
      { weight: 2, arbitrary: training.map((number) => [given.sealed(number)]) },
      { weight: 2, arbitrary: fc.constantFrom('v1.0.0', 'v1.1.0').map((version) => [given.alert(version)]) },
      {
        weight: 3,
        arbitrary: fc
          .constantFrom<NewEvent[]>(
            given.requested,
            given.alertResolved,
            given.collectionStarted('c'),
            given.page('c', 1),
            given.accepted(0),
            given.collectionCompleted('c', 1),
          )
          .map((event) => [event]),
      },
    ),
    { maxLength: 60 },
  )
  .map((events) => events.flat());

const holds = (property: (log: readonly LoggedEvent[]) => void) =>
  fc.assert(
    fc.property(inputs, (events) =>
      property(play(decider, service, [given.declared, policy, ...events]).log),
    ),
    { numRuns: 300 },
  );

const endOf = (event: LoggedEvent): string | undefined =>
  event.type === 'DatasetRefused'
    ? event.data.datasetId.replace('-d', '-t')
    : 'runId' in event.data && ENDS.some((end) => end(1).type === event.type)
      ? event.data.runId?.replace('-r', '-t')
      : undefined;

test('a model has one running plan at most, and each is concluded by the first event that ends it', () =>
  holds((log) => {
    let running: string | undefined;
    let ended = false;
    for (const event of log) {
      if (event.type === 'TrainingPlanned') {
        expect(running).toBeUndefined();
        running = event.data.planId;
        ended = false;
      } else if (event.type === 'TrainingPlanConcluded') {
        expect({ running, ended }).toEqual({ running: event.data.planId, ended: true });
        running = undefined;
      } else {
        expect(running !== undefined && ended).toBe(false);
        ended = running !== undefined && endOf(event) === running;
      }
    }
    expect(running !== undefined && ended).toBe(false);
  }));

test('ids of plans, datasets and runs are unique', () =>
  holds((log) => {
    const names = log.flatMap(({ type, data }) =>
      type === 'TrainingPlanned' ? [data.planId, data.datasetId, data.runId] : [],
    );
    expect(new Set(names).size).toBe(names.length);
  }));

test('random histories reach every cause', () => {
  const causes = new Set<string>();
  holds((log) => {
    for (const { type, data } of log) if (type === 'TrainingPlanned') causes.add(data.cause);
  });
  expect(causes).toEqual(new Set(['requested', 'drift', 'new_samples']));
});

test('an automatic trigger needs a version in production and no running collection', () =>
  holds((log) => {
    let production = false;
    let collecting = false;
    for (const { type, data } of log) {
      if (type === 'CollectionStarted') collecting = true;
      if (type === 'CollectionCompleted') collecting = false;
      if (type === 'TrainingPlanned' && data.cause !== 'requested') {
        expect({ production, collecting }).toEqual({ production: true, collecting: false });
      }
      if (type === 'VersionPromoted') production = true;
    }
  }));

test('a run is requested once, for a sealed dataset', () =>
  holds((log) => {
    const sealed = new Set<string>();
    const runs: string[] = [];
    for (const { type, data } of log) {
      if (type === 'DatasetSealed') sealed.add(data.datasetId);
      if (type !== 'TrainingRequested') continue;
      expect(sealed).toContain(data.datasetId);
      runs.push(data.runId);
    }
    expect(new Set(runs).size).toBe(runs.length);
  }));

test('30,000 samples are folded in less than 3 s of CPU time', () => {
  const started = process.cpuUsage();
  const { state } = play(decider, service, [
    given.declared,
    given.promoted(1),
    given.collectionStarted('c'),
    ...given.times(30_000, given.accepted),
  ]);
  expect(state.corpora.get(given.TASK)?.accepted).toBe(30_000);
  expect(process.cpuUsage(started).user).toBeLessThan(3_000_000); // µs, however busy the machine is
});
