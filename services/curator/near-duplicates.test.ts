import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Maps, mapsInMemory } from '../../kernel/ports/states.ts';
import { seededRandom } from '../../ml/random.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { loadTasks } from '../../tasks/load.ts';
import { curator } from './decider.ts';

const file = (more: string) =>
  `task: notes\nkind: text\nid: id\ntime: day\ntext: [text]\ntarget: { column: kind, classes: from data }\n${more}`;
const declared = (more = 'nearDuplicates: { similarity: 0.8, window: 100d }\n') =>
  newEvent('TaskDeclared', { task: 'notes', version: more, file: file(more), requestedBy: 'ada' });

/** Words that repeat nowhere else. */
function words(seed: number, count = 60): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => `w${Math.floor(random() * 1e9).toString(36)}`);
}
const changed = (text: readonly string[], at: number, word = 'changed') => text.with(at, word);

const note = (id: string, text: readonly string[], day = '2024-01-01', kind = 'a') =>
  newEvent('RecordIngested', {
    task: 'notes',
    recordId: id,
    time: day,
    collectionId: 'c',
    line: 1,
    taskVersion: '1',
    fields: { id, text: text.join(' '), day, kind },
  });
const rejected = (id: string) =>
  newEvent('SampleRejected', {
    task: 'notes',
    recordId: id,
    reason: 'too_short',
    detail: '',
    replaces: true,
    unlabelled: null,
    revision: null,
    revisedAt: null,
  });

const decider = curator(await loadTasks());
const spec = deciderSpec(decider);

const first = words(1);
const accepted = (id: string, text: readonly string[], time = '2024-01-01') =>
  newEvent('SampleAccepted', {
    task: 'notes',
    recordId: id,
    taskVersion: '1',
    instance: { text: text.join(' ') },
    target: 'a',
    otherLabels: [],
    time,
    group: null,
    cleaning: [],
    replaces: false,
    revision: null,
    revisedAt: null,
  });

const replacing = (id: string, text: readonly string[]) => {
  const { data } = accepted(id, text);
  return newEvent('SampleAccepted', { ...data, replaces: true });
};

describe('a text that repeats another nearly word for word', () => {
  const near = changed(first, 30);

  test('is a near-duplicate of the one that was accepted, with how similar they are', () => {
    spec
      .given(declared(), accepted('1', first))
      .when(note('2', near))
      .thenExactly(
        newEvent('SampleDeduplicated', {
          task: 'notes',
          recordId: '2',
          duplicateOf: '1',
          matchedBy: 'near',
          similarity: 55 / 61, // 58 shingles each, 3 of them with the changed word
          isEstimate: false,
          replaces: false,
          revision: null,
          revisedAt: null,
        }),
      );
  });

  test('is of the most similar one, whichever came first', () => {
    const [far, closer] = [changed(changed(first, 5), 50), changed(first, 50)];
    const open = declared('nearDuplicates: { similarity: 0.9, window: 100d }\n');
    spec
      .given(open, accepted('1', far), accepted('2', closer))
      .when(note('3', first))
      .thenMatch({ type: 'SampleDeduplicated', data: { duplicateOf: '2' } });
  });

  test('is none below the similarity of the task', () => {
    spec
      .given(declared('nearDuplicates: { similarity: 0.95 }\n'), accepted('1', first))
      .when(note('2', near))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('is none where the task does not look for them', () => {
    spec
      .given(declared(''), accepted('1', first))
      .when(note('2', near))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('is none when it is further away in time than the window', () => {
    const given = spec.given(declared(), accepted('1', first));
    given.when(note('2', near, '2024-04-10')).thenMatch({ type: 'SampleDeduplicated' }); // 100 days
    given.when(note('2', near, '2024-04-11')).thenMatch({ type: 'SampleAccepted' });
  });

  test('with the id of the accepted one replaces it, and is compared from then on', () => {
    const other = words(2);
    const corrected = spec.given(declared(), accepted('1', first));
    corrected.when(note('1', near)).thenMatch({ type: 'SampleAccepted', data: { replaces: true } });
    spec
      .given(declared(), accepted('1', first), replacing('1', other))
      .when(note('2', near))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('of one that no longer counts is accepted', () => {
    spec
      .given(declared(), accepted('1', first), rejected('1'))
      .when(note('2', near))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('of another task is none', () => {
    const other = newEvent('TaskDeclared', {
      task: 'others',
      version: '1',
      file: file('nearDuplicates: {}\n').replace('task: notes', 'task: others'),
      requestedBy: 'ada',
    });
    const { data } = note('2', near);
    spec
      .given(declared(), other, accepted('1', first))
      .when(newEvent('RecordIngested', { ...data, task: 'others' }))
      .thenMatch({ type: 'SampleAccepted', data: { task: 'others' } });
  });
});

describe('whatever texts come', () => {
  const base = [words(11), words(12), words(13)];
  const notes = fc.array(
    fc
      .record({
        id: fc.integer({ min: 0, max: 11 }).map(String),
        text: fc.tuple(fc.nat(2), fc.nat(59)).map(([of, at]) => changed(base[of]!, at, `x${at}`)),
        day: fc.constantFrom('2024-01-01', '2024-03-01', '2024-12-01'),
      })
      .map(({ id, text, day }) => note(id, text, day)),
    { maxLength: 25 },
  );

  /** Decides on events one after another, as the runtime does; before the one `at`, the state is saved and restored. */
  function decide(events: readonly NewEvent[], maps: Maps, at = -1) {
    let state = decider.initialState(maps);
    const facts = events.flatMap((event, index) => {
      if (index === at) state = decider.resume!(deserialize(serialize(decider.snapshot!(state))), maps);
      if (event.type === 'TaskDeclared') state = decider.evolve(state, event as never);
      const decided = event.type === 'RecordIngested' ? decider.decide(state, event as never) : [];
      for (const fact of decided) state = decider.evolve(state, fact as never);
      return decided;
    });
    return { facts, saved: decider.snapshot!(state) };
  }
  const contents = (maps: Maps) =>
    ['accepted', 'keys', 'near-texts', 'near-numbers', 'near-runs'].map((name) => maps(name));

  test('each gets one decision, and the state is what its facts say', () => {
    fc.assert(
      fc.property(notes, (given) => {
        const [decided, folded] = [mapsInMemory(), mapsInMemory()];
        const { facts, saved } = decide([declared(), ...given], decided);
        expect(facts).toHaveLength(given.length);
        const state = [declared(), ...facts].reduce(
          (before, event) => decider.evolve(before, event as never),
          decider.initialState(folded),
        );
        expect(decider.snapshot!(state)).toEqual(saved);
        expect(contents(folded)).toEqual(contents(decided));
      }),
      { numRuns: 30 },
    );
  });

  test('a state that continues from a snapshot decides alike', () => {
    fc.assert(
      fc.property(notes, fc.nat(26), (given, at) => {
        const events = [declared(), ...given];
        expect(decide(events, mapsInMemory(), at)).toEqual(decide(events, mapsInMemory()));
      }),
      { numRuns: 30 },
    );
  });

  test('of texts of one day that are near-duplicates only one counts', () => {
    const oneDay = notes.map((given) =>
      given.map(({ data }) => note(data.recordId, String(data.fields.text).split(' '))),
    );
    fc.assert(
      fc.property(oneDay, (given) => {
        const texts = new Map<string, string>();
        for (const { type, data } of decide([declared(), ...given], mapsInMemory()).facts) {
          if (type === 'SampleAccepted') texts.set(data.recordId, String(data.instance.text));
          else if (type === 'SampleDeduplicated' && data.replaces) texts.delete(data.recordId);
        }
        // texts of one base have all words but one, at most, in common
        const bases = [...texts.values()].map((text) =>
          base.findIndex((known) => known.filter((word) => text.includes(word)).length > 50),
        );
        expect(new Set(bases).size).toBe(bases.length);
      }),
      { numRuns: 30 },
    );
  });
});
