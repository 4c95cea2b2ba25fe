import { expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { factOf } from '../../test/harness/facts.ts';
import { WaitingVersions } from './waiting.ts';

const by = { requestedBy: 'a client' };
const created = (modelVersion: string) =>
  factOf(
    newEvent('RegisteredVersionCreated', {
      ...{ registeredModel: 'churn', modelVersion, source: 'models:/m-1', modelId: null, runId: null },
      ...{ runLink: null, description: null, tags: [], ...by },
    }),
  );
const refused = (modelVersion: string) =>
  factOf(
    newEvent('RegisteredVersionRefused', { registeredModel: 'churn', modelVersion, code: 'c', reason: 'r' }),
  );
const versionsOf = (waiting: WaitingVersions) => waiting.of('churn').map(({ modelVersion }) => modelVersion);

test('the newest twenty versions of a name wait, however many there are', () => {
  const waiting = new WaitingVersions(mapsInMemory());
  for (let version = 1; version <= 100; version++) waiting.evolve(created(`${version}`));
  expect(versionsOf(waiting)).toEqual(Array.from({ length: 20 }, (_, at) => `${81 + at}`));
});

test('a version that was imported or refused does not wait, in whatever order the events are folded', () => {
  const waiting = new WaitingVersions(mapsInMemory());
  for (const event of [created('1'), refused('2'), created('2'), refused('1'), created('3')])
    waiting.evolve(event);
  expect(versionsOf(waiting)).toEqual(['3']);
});

test('nothing of a registered model that was deleted waits', () => {
  const waiting = new WaitingVersions(mapsInMemory());
  waiting.evolve(created('1'));
  waiting.evolve(
    factOf(
      newEvent('RegisteredModelChanged', {
        ...{ registeredModel: 'churn', name: null, description: null, lifecycleStage: 'deleted' },
        ...{ aliases: [], tags: [], removedTags: [], ...by },
      }),
    ),
  );
  expect(versionsOf(waiting)).toEqual([]);
});
