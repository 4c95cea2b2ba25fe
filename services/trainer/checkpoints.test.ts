import { expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { labelled, stateIn, superseded } from './checkpoints.ts';

const runId = 'r';

const epoch = (number: number, validation: Record<string, number>): NewEvent =>
  newEvent('EpochCompleted', {
    ...{
      runId,
      epoch: number,
      trainLoss: 1,
      validation,
      learningRate: null,
      gradientNorm: null,
      device: null,
    },
    ...{
      deviceBytes: null,
      seconds: 1,
      samplesPerSecond: null,
      cpuPercent: null,
      rssBytes: null,
      energy: null,
    },
  });
const saved = (number: number, checkpoint = `c${number}`): NewEvent =>
  newEvent('CheckpointSaved', { runId, epoch: number, checkpoint });
const deleted = (number: number): NewEvent =>
  newEvent('CheckpointDeleted', { runId, epoch: number, checkpoint: `c${number}` });

/** Epochs with a checkpoint each. */
const course = (metric: string, values: readonly number[]) =>
  values.flatMap((value, at) => [epoch(at + 1, { [metric]: value }), saved(at + 1)]);
const digests = (...given: Parameters<typeof superseded>) =>
  superseded(...given).map(({ checkpoint }) => checkpoint);

const LOSSES = [0.9, 0.5, 0.4, 0.6, 0.45, 0.7, 0.8];

test('while a run goes on, the checkpoints of its best epochs stay, and the newest two', () => {
  const facts = course('logLoss', LOSSES);
  expect(digests(facts, { params: {}, keepBest: null }, false)).toEqual(['c1', 'c4']); // best: 3, 5, 2
  expect(digests(facts, { params: {}, keepBest: 1 }, false)).toEqual(['c1', 'c2', 'c4', 'c5']);
  expect(digests(facts, { params: {}, keepBest: 0 }, false)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
});

test('when it has ended, those of its best epochs alone; what was deleted is not deleted again', () => {
  const facts = [...course('logLoss', LOSSES), deleted(1), deleted(4)];
  expect(digests(facts, { params: {}, keepBest: null }, true)).toEqual(['c6', 'c7']);
  expect(digests(facts, { params: {}, keepBest: 0 }, true)).toEqual(['c2', 'c3', 'c5', 'c6', 'c7']);
});

test('the best are so by what the run monitors', () => {
  const facts = course('accuracy', [0.5, 0.9, 0.7]);
  const rule = { params: { monitor: 'accuracy', mode: 'auto' }, keepBest: 1 };
  expect(digests(facts, rule, true)).toEqual(['c1', 'c3']);
  expect(digests(facts, { ...rule, params: { monitor: 'accuracy', mode: 'min' } }, true)).toEqual([
    'c2',
    'c3',
  ]);
  expect(digests(course('rmse', [3, 1, 2]), { params: {}, keepBest: 1 }, true)).toEqual(['c1', 'c3']);
});

test('of an epoch the first checkpoint counts; those within a later one are newer weights', () => {
  const facts = [epoch(1, { logLoss: 0.5 }), saved(1), saved(1, 'c1+'), saved(1, 'c1++'), saved(1, 'c1+++')];
  expect(digests(facts, { params: {}, keepBest: 3 }, false)).toEqual(['c1+']);
  expect(digests([saved(0)], { params: {}, keepBest: 3 }, true)).toEqual(['c0']); // before the first epoch ended
});

test('a checkpoint is of one run alone', () => {
  const state = Uint8Array.of(1, 2, 3);
  expect(stateIn('r', labelled('r', state))).toEqual(Buffer.from(state));
  expect(stateIn('other', labelled('r', state))).toBeUndefined();
  expect(stateIn('r', new Uint8Array())).toBeUndefined();
});
