import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { sealed } from '../../test/harness/sealed.ts';
import { evaluation, MODEL, promoted, registered } from './fixtures.ts';
import { registrar } from './service.ts';

const { given } = deciderSpec(registrar);
const next = (change: string) =>
  newEvent('NextVersionRequested', { model: MODEL, change, requestedBy: 'ada' });
const past: NewEvent[] = [sealed('d1', ['a', 'b'], 't1'), registered(1, 0.8), promoted(1, null)];
const numberOf = (
  events: readonly NewEvent[],
  run = evaluation(2, 0.7, { version: 'v1.0.0', accuracy: 0.8 }),
) => {
  const [first] = given(...events)
    .when(run)
    .decide();
  return first?.type === 'VersionRegistered' ? first.data.version : undefined;
};

describe('the number of a version', () => {
  test.each([
    ['minor, for another training', [sealed('d2', ['a', 'b'], 't1')], 'v1.1.0'],
    ['major, for other labels', [sealed('d2', ['a', 'b', 'c'], 't1')], 'v2.0.0'],
    ['major, for another version of the task', [sealed('d2', ['a', 'b'], 't2')], 'v2.0.0'],
    ['minor, where the dataset is not known', [], 'v1.1.0'],
    ['what somebody asked for', [next('patch')], 'v1.0.1'],
    ['what somebody asked for, of the last request', [next('patch'), next('major')], 'v2.0.0'],
  ])('is %s', (_, events, number) => expect(numberOf([...past, ...events])).toBe(number));

  test('is a patch for the same graph that is imported again, not for a training that ends in it', () => {
    const { type, data } = evaluation(2, 0.7);
    const same = { type, data: { ...data, modelHash: 'hash-1' } };
    const again = newEvent('RunReported', {
      change: null,
      ...{ runId: 'r2', model: MODEL, datasetId: 'd2', contentHash: null, trainedOn: '', trainer: 'linear' },
      ...{ libraries: {}, params: {}, metrics: {}, package: 'package-2', failure: null },
      ...{ startedAt: null, endedAt: null, reason: '', requestedBy: 'ada' },
    });
    expect(numberOf([...past, again], same)).toBe('v1.0.1');
    expect(numberOf(past, same)).toBe('v1.1.0');
  });

  test('is what was asked for with its training, before what was asked for the next version', () => {
    const planned = (change: string | null) =>
      newEvent('TrainingPlanned', {
        ...{ model: MODEL, planId: 't2', cause: 'requested', reason: 'why', samples: 9, samplesAtLast: 0 },
        ...{ datasetId: 'd2', runId: 'r2', engine: 'linear', params: {}, seed: 1, policyVersion: 0 },
        ...{
          promote: true,
          fromVersion: null,
          seeds: {},
          checkpointEvery: null,
          keepBest: null,
          reuse: false,
          change,
        },
      });
    expect(numberOf([...past, planned('major')])).toBe('v2.0.0');
    expect(numberOf([...past, next('major'), planned('patch')])).toBe('v1.0.1');
    expect(numberOf([...past, planned(null)])).toBe('v1.1.0');
    const another = { ...planned('major'), data: { ...planned('major').data, runId: 'r7' } };
    expect(numberOf([...past, another])).toBe('v1.1.0');
  });

  test('is asked for once, and goes on from there', () => {
    const [second] = given(...past, next('major'))
      .when(evaluation(2, 0.7))
      .decide();
    expect(numberOf([...past, next('major'), second!], evaluation(3, 0.7))).toBe('v2.1.0');
  });
});

describe('aliases', () => {
  const change = (alias: string, version: string | null, expected: string | null = null) => ({
    alias,
    version,
    expected,
  });
  const asked = (...changes: ReturnType<typeof change>[]) =>
    newEvent('AliasesRequested', { model: MODEL, changes, reason: 'why', requestedBy: 'ada' });
  const two: NewEvent[] = [registered(1, 0.8), registered(2, 0.9)];
  const [set] = given(...two)
    .when(asked(change('champion', 'v1.0.0'), change('challenger', 'v1.1.0')))
    .decide();

  test('are switched together, or none of them', () => {
    given(...two, set!)
      .when(asked(change('champion', 'v1.1.0', 'v1.0.0'), change('challenger', null, 'v1.1.0')))
      .thenMatch({ type: 'AliasesChanged', data: { aliases: { champion: 'v1.1.0' } } });
    given(...two, set!)
      .when(asked(change('champion', 'v1.1.0'), change('challenger', 'v1.0.0', 'v1.0.0')))
      .thenMatch({
        type: 'AliasesRefused',
        data: {
          code: 'CONFLICT',
          reason: expect.stringMatching(/challenger stands for v1.1.0, not for v1.0.0/),
        },
      });
  });

  test('stand for versions that there are, and have names', () => {
    given(...two)
      .when(asked(change('champion', 'v9.0.0')))
      .thenMatch({ data: { code: 'NOT_FOUND' } });
    given(...two)
      .when(asked(change('No Name', 'v1.0.0')))
      .thenMatch({ data: { code: 'INPUT_INVALID' } });
    given(...two)
      .when(asked(change('champion', 'v1.0.0', '')))
      .thenMatch({ type: 'AliasesChanged' });
  });
});
