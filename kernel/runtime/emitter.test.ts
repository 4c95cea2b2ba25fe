import { expect, test } from 'vitest';
import { CATALOGUE, newEvent } from '../../schemas/catalogue.ts';
import { recorded } from '../../schemas/testing.ts';
import { Emitter } from './emitter.ts';

const started = newEvent('CollectionStarted', { collectionId: 'c1', task: 'arxiv', source: 'sha256:0' });
const failed = newEvent('CollectionFailed', {
  collectionId: 'c1',
  task: 'arxiv',
  code: 'INPUT_EMPTY',
  reason: 'nothing in it',
});
const cause = recorded(started, 7);

test('facts of an aggregate continue after the restored sequence; requests have none', () => {
  const emitter = new Emitter('collector', { now: () => 5 }, CATALOGUE);
  emitter.restore({ ...cause, subject: 'c1', sequence: 4 }, 'collections', false);
  const events = emitter.reactionTo(cause)([started, failed]);
  expect(events.map(({ sequence }) => sequence)).toEqual([5, 6]);
  expect(
    events.every(
      ({ causationId, correlationId }) => causationId === cause.id && correlationId === cause.correlationId,
    ),
  ).toBe(true);
  const request = newEvent('TrainingRequested', {
    runId: 'r',
    model: 'm',
    datasetId: 'd',
    engine: 'e',
    seed: 1,
    params: {},
  });
  expect(emitter.reactionTo(cause)([request])[0]?.sequence).toBe(0);
});

test('a repeated reaction emits only what is not yet in the log, under the same ids', () => {
  const first = new Emitter('collector', { now: () => 5 }, CATALOGUE);
  const [one, two] = first.reactionTo(cause)([started, failed]);
  const second = new Emitter('collector', { now: () => 9 }, CATALOGUE);
  second.restore(one!, 'collections', true);
  expect(
    second
      .reactionTo(cause)([started, failed])
      .map(({ id, sequence }) => [id, sequence]),
  ).toEqual([[two?.id, 2]]);
});

test('a sequence that was not used is given again', () => {
  const emitter = new Emitter('collector', { now: () => 5 }, CATALOGUE);
  const first = emitter.reactionTo(cause)([started, failed]);
  expect(first.map(({ sequence }) => sequence)).toEqual([1, 2]);
  const second = emitter.reactionTo(cause)([started]);
  expect(second.map(({ sequence }) => sequence)).toEqual([1]);
  emitter.emitted(cause, second);
  const third = emitter.reactionTo(cause)([started, failed]);
  expect(third.map(({ type, sequence }) => [type, sequence])).toEqual([['CollectionFailed', 2]]);
});

test('what a reaction emitted is forgotten once it is committed', () => {
  const emitter = new Emitter('collector', { now: () => 5 }, CATALOGUE);
  const emitAgain = () => emitter.reactionTo(cause)([started]);
  emitter.emitted(cause, emitAgain());
  expect(emitAgain()).toEqual([]);
  emitter.settled(cause.id);
  expect(emitAgain()).toHaveLength(1);
});

test('a fact of a stream that the service does not own is refused', () => {
  expect(() => new Emitter('curator', { now: () => 0 }, CATALOGUE).reactionTo(cause)([started])).toThrow(
    /written by collector alone/,
  );
});
