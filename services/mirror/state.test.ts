import { expect, test } from 'vitest';
import type { Position } from '../../kernel/ports/log.ts';
import { type Maps, mapsInMemory } from '../../kernel/ports/states.ts';
import { seededRandom } from '../../ml/random.ts';
import { type NewEvent, newEvent, type RecordedEvent, streamOf } from '../../schemas/catalogue.ts';
import { factOf } from '../../test/harness/facts.ts';
import { runStory, searchStory } from '../../test/harness/mirrored-story.ts';
import { Queue } from './state.ts';
import { linksOf } from './write.ts';

const SERVER = 'http://127.0.0.1:5000';
const queueOf = (server: string | undefined = SERVER, maps = mapsInMemory()) =>
  new Queue(server, linksOf, maps);

let offset = 0;
const logged = (event: NewEvent): RecordedEvent & Position => ({
  ...{ ...factOf(event), topic: 'epochlog.runs', partition: 0 },
  offset: offset++,
});
const mirrored = ({ id, type, subject }: RecordedEvent, server = SERVER) =>
  factOf(
    newEvent('EventMirrored', {
      ...{ server, eventId: id, eventType: type, model: null, aggregate: subject, mlflowVersion: null },
      mlflowRunId: 'm1',
    }),
  );
const failed = (eventId: string, attempt: number, retryAt: number) =>
  factOf(
    newEvent('MirrorAttemptFailed', {
      ...{ server: SERVER, eventId, attempt, code: 'TIMEOUT', reason: 'no answer', retryAt },
    }),
  );
const story = () => runStory({ run: 1, epochs: 3, package: 'p' }).map(logged);

test('what is mirrored no longer waits, in whatever order the events and the facts about them are folded', () => {
  const events = story();
  const random = seededRandom(5);
  for (let round = 0; round < 20; round++) {
    const queue = queueOf();
    const folded = [...events, ...events.slice(0, 4).map((event) => mirrored(event))];
    for (const event of folded.map((event) => [random(), event] as const).sort(([a], [b]) => a - b))
      queue.evolve(event[1]);
    const left = queue.next(100).map(({ id }) => id);
    expect(left.sort()).toEqual(
      events
        .slice(4)
        .map(({ id }) => id)
        .sort(),
    );
    expect(queue.mlflowRunOf('r1')).toBe('m1');
  }
});

test('one timer while something waits: at once, then when the next attempt is due; and none twice', () => {
  const maps = mapsInMemory();
  const queue = queueOf(SERVER, maps);
  const [first, second] = story();
  expect(queue.timers()).toEqual([]);
  queue.evolve(first!);
  queue.evolve(second!);
  const [due] = queue.timers();
  expect(due).toMatchObject({ dueAt: first!.time, event: { data: { eventId: first!.id, attempt: 1 } } });
  queue.evolve(factOf(due!.event));
  expect(queue.timers()).toEqual([]);
  queue.evolve(failed(first!.id, 1, 9e12));
  expect(queue.timers()).toMatchObject([
    { dueAt: 9e12, event: { data: { eventId: first!.id, attempt: 2 } } },
  ]);
  queue.evolve(mirrored(first!));
  expect(queue.timers()).toMatchObject([
    { dueAt: second!.time, event: { data: { eventId: second!.id, attempt: 1 } } },
  ]);
  const again = queueOf(SERVER, maps);
  again.resume(structuredClone(queue.snapshot()));
  expect(again.timers()).toEqual(queue.timers());
});

test('however much waits, the queue itself holds nothing of it: all is in the maps, and what was written leaves them', () => {
  const kept = new Map<string, Map<string, unknown>>();
  const maps: Maps = <Value>(name: string) => {
    const map = kept.get(name) ?? new Map<string, unknown>();
    kept.set(name, map);
    return map as Map<string, Value>;
  };
  const queue = queueOf(SERVER, maps);
  const events = Array.from({ length: 50 }, story).flat();
  for (const event of events) queue.evolve(event);
  expect(queue.size).toBe(events.length);
  const saved = JSON.stringify(queue.snapshot());
  expect(saved.length).toBeLessThan(200);
  for (const event of events.slice(0, -1)) queue.evolve(mirrored(event));
  expect(queue.next(10).map(({ id }) => id)).toEqual([events.at(-1)!.id]);
  expect([...kept].map(([name, map]) => [name, map.size])).toEqual(
    expect.arrayContaining([
      ['waiting', 1],
      ['places', 1],
      ['done', 0],
    ]),
  );
});

test('facts about another server count for nothing, and without an address nothing waits', () => {
  const [event] = story();
  const queue = queueOf();
  queue.evolve(event!);
  queue.evolve(mirrored(event!, 'http://127.0.0.1:5001'));
  expect([queue.size, queue.mlflowRunOf('r1')]).toEqual([1, undefined]);
  const off = new Queue(undefined, linksOf, mapsInMemory());
  off.evolve(event!);
  expect([off.size, off.timers()]).toEqual([0, []]);
});

test('what begins a run or search is written before what needs it, in whatever order partitions are folded', () => {
  const trial = runStory({ run: 2, epochs: 2, package: 'p', searchId: 's1' });
  const events = [...story(), ...searchStory('s1', trial).map(logged)];
  const queue = queueOf();
  const byPartition = events.toSorted((a, b) => streamOf(a.type).localeCompare(streamOf(b.type)));
  for (const event of byPartition) queue.evolve(event);
  const typeOf = new Map<string, string>(events.map(({ id, type, subject }) => [id, `${type} ${subject}`]));
  const order = queue.next(100).map(({ id }) => typeOf.get(id));
  expect(order).toHaveLength(events.length);
  const before = (one: string, other: string) =>
    expect(order.indexOf(one)).toBeLessThan(order.indexOf(other));
  before('SearchStarted s1', 'TrainingRequested r2');
  before('TrainingRequested r2', 'EpochCompleted r2');
  before('TrainingStarted r1', 'EpochCompleted r1');
  before('TrainingStarted r1', 'EvaluationCompleted e1');
  before('TrainingStarted r1', 'VersionRegistered topics');
  expect(queue.timers()[0]?.event.data).toMatchObject({ eventId: queue.next(1)[0]?.id });
});
