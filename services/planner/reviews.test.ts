import { expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { declared, MODEL, planned, requested } from './fixtures.ts';
import { planner } from './service.ts';

/** Plans whose version waits for people. */

const { given } = deciderSpec(planner);
const registered = (version: string, runId: string): NewEvent =>
  newEvent('VersionRegistered', {
    ...{ model: MODEL, version, runId, package: 'p', modelHash: 'h', datasetId: 'topics-d1' },
    ...{ evaluationId: 'e', metrics: {}, primaryMetric: 'accuracy', policyVersion: 1 },
  });
const concluded = (version: string, outcome: string) =>
  newEvent('ReviewConcluded', {
    ...{ model: MODEL, version, reviewId: 'r', outcome, reason: 'grace: too slow', policyVersion: 1 },
  });
const waiting = [declared, planned(1, { samples: 100 }), registered('v1.0.0', 'topics-r1')];

test('a plan ends when changes to its version are requested, so that the model can be trained again', () => {
  const end = {
    type: 'TrainingPlanConcluded',
    data: { planId: 'topics-t1', outcome: 'refused', version: 'v1.0.0', reason: 'grace: too slow' },
  } as const;
  given(...waiting)
    .when(concluded('v1.0.0', 'changes_requested'))
    .thenMatch(end);
  const ended = [...waiting, newEvent('TrainingPlanConcluded', { model: MODEL, ...end.data })];
  given(...ended)
    .when(requested)
    .thenMatch({ type: 'TrainingPlanned', data: { planId: 'topics-t2' } }, {});
  given(...ended)
    .when(concluded('v1.0.0', 'changes_requested'))
    .thenNothing();
});

test('a plan goes on when its version is approved, or another one is not', () => {
  given(...waiting)
    .when(concluded('v1.0.0', 'approved'))
    .thenNothing();
  const other = [declared, registered('v1.0.0', 'topics-r0'), planned(1, { samples: 100 })];
  given(...other, registered('v1.1.0', 'topics-r1'))
    .when(concluded('v1.0.0', 'changes_requested'))
    .thenNothing();
  given(...other)
    .when(concluded('v1.0.0', 'changes_requested'))
    .thenNothing();
});

test('a request is told what the running plan waits for', () =>
  given(...waiting)
    .when(requested)
    .thenMatch({
      type: 'TrainingPlanRefused',
      data: { reason: expect.stringMatching(/topics-t1 is running .*; v1\.0\.0 of it waits for its review/) },
    }));
