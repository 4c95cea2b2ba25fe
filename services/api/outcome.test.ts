import { expect, test } from 'vitest';
import { type EventType, isFact } from '../../schemas/catalogue.ts';
import { EVENTS } from '../../schemas/events.generated.ts';
import { answersTo, isAnswer, outcomeOf } from './outcome.ts';

const event = (type: EventType, data: object = {}, correlationId = 'c') => ({
  id: type,
  type,
  subject: 's',
  correlationId,
  data,
});

test('what answers a request is a fact of its stream', () => {
  for (const type of Object.keys(EVENTS) as EventType[])
    for (const answer of answersTo(type)) {
      expect([answer, isFact(answer), EVENTS[answer].stream]).toEqual([answer, true, EVENTS[type].stream]);
    }
});

test.each([
  ['PromotionRequested', 'VersionPromoted', { reason: 'better' }, 'done', null],
  ['PromotionRequested', 'PromotionRefused', { code: 'CONFLICT', reason: 'r' }, 'refused', 'CONFLICT'],
  [
    'CollectionRequested',
    'CollectionFailed',
    { code: 'INPUT_INVALID', reason: 'r' },
    'failed',
    'INPUT_INVALID',
  ],
  ['TrainingPlanRequested', 'TrainingPlanConcluded', { outcome: 'promoted', reason: 'r' }, 'done', null],
  ['TrainingPlanRequested', 'TrainingPlanConcluded', { outcome: 'refused', reason: 'r' }, 'refused', null],
  ['TrainingPlanRequested', 'TrainingPlanConcluded', { outcome: 'cancelled', reason: 'r' }, 'failed', null],
] as const)('%s answered by %s is %j: %s', (type, answer, data, state, code) => {
  expect(outcomeOf(type, event(answer, data))).toEqual({ state, code, reason: data.reason });
});

test('a request without an answer is pending, or done where none has to come', () => {
  expect(outcomeOf('PromotionRequested', undefined)).toMatchObject({ state: 'pending' });
  expect(outcomeOf('ModelDeclared', undefined)).toMatchObject({ state: 'done' });
});

test('an answer belongs to the request that it follows from, and is of its aggregate', () => {
  const asked = event('PromotionRequested');
  expect(isAnswer(asked, event('VersionPromoted'))).toBe(true);
  expect(isAnswer(asked, event('VersionPromoted', {}, 'other'))).toBe(false);
  expect(isAnswer(asked, { ...event('VersionPromoted'), subject: 'other' })).toBe(false);
  expect(isAnswer(asked, event('VersionArchived'))).toBe(false);
  const deployment = event('DeploymentRequested', { deploymentId: 'd' });
  expect(isAnswer(deployment, event('DeploymentCompleted', { deploymentId: 'd' }, 'of a review'))).toBe(true);
  expect(isAnswer(deployment, event('DeploymentCompleted', { deploymentId: 'e' }))).toBe(false);
  const cancel = event('RunCancelRequested');
  expect(isAnswer(cancel, event('RunCancelled', { requestId: 'RunCancelRequested' }, 'of the run'))).toBe(
    true,
  );
  expect(isAnswer(cancel, event('RunCancelled', { requestId: 'another' }))).toBe(false);
});
