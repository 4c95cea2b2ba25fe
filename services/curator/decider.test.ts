import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { normaliseTitle } from '../../ml/text/clean.ts';
import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { RecordIngested } from '../../schemas/events.generated.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { loadTasks } from '../../tasks/load.ts';
import { ingested } from '../../test/harness/records.ts';
import { curator } from './decider.ts';
import { service } from './service.ts';

/** Enough words to be learnt from. */
const english =
  'We show that an append-only log of events can prove what has happened to a model in production. '
    .repeat(3)
    .trim();
const german =
  'Wir zeigen, dass ein Protokoll von Ereignissen beweisen kann, was einem Modell im Betrieb geschehen ist. '.repeat(
    4,
  );

const paper = (change: RecordIngested['fields'] = {}, line = 1): NewEvent<'RecordIngested'> =>
  ingested(
    String(change.arxiv_id ?? '1'),
    {
      title: 'On the Virtue of \\emph{Logs}',
      abstract: `${english} See https://example.org/log.`,
      categories: ['cs.DB', 'cs.LG'],
      primary_category: 'cs.DB',
      published: '2024-05-31',
      ...change,
    },
    line,
  );

const instance = { title: 'On the Virtue of Logs', abstract: `${english} See.`, authors: 'Ada' };
const accepted = newEvent('SampleAccepted', {
  task: 'arxiv',
  recordId: '1',
  taskVersion: '3',
  instance,
  target: 'cs.DB',
  otherLabels: ['cs.LG'],
  time: '2024-05-31',
  group: null,
  cleaning: ['urls', 'latex', 'spacing'],
  replaces: false,
  revision: null,
  revisedAt: null,
});

const duplicate = (recordId: string, duplicateOf: string, matchedBy: 'id' | 'title', replaces = false) =>
  newEvent('SampleDeduplicated', {
    task: 'arxiv',
    recordId,
    duplicateOf,
    matchedBy,
    similarity: 1,
    isEstimate: false,
    replaces,
    revision: null,
    revisedAt: null,
  });

/** Of equal texts only equal titles count here: near-duplicates are in near-duplicates.test.ts. */
const tasks = await loadTasks();
const { nearDuplicates: _, ...byTitle } = tasks.get('arxiv')!;
const decider = curator(new Map(tasks).set('arxiv', byTitle));
const spec = deciderSpec(decider);

describe('a paper', () => {
  test('is accepted, cleaned', () => {
    spec.given().when(paper()).thenExactly(accepted);
  });

  test('that was accepted, and comes again as it is, is a duplicate', () => {
    spec
      .given(accepted)
      .when(paper({}, 7))
      .thenExactly(duplicate('1', '1', 'id'));
  });

  test.each([
    [
      'text',
      { abstract: `${english} And when.` },
      { instance: { ...instance, abstract: `${english} And when.` }, cleaning: ['latex'] },
    ],
    ['author', { authors: ['Ada B. C.', 'D, E'] }, { instance: { ...instance, authors: 'AdaBC, D, E' } }],
    [
      'title',
      { title: 'Revised' },
      { instance: { ...instance, title: 'Revised' }, cleaning: ['urls', 'spacing'] },
    ],
    ['label', { primary_category: 'cs.LG' }, { target: 'cs.LG', otherLabels: ['cs.DB'] }],
    ['categories', { categories: ['cs.DB'] }, { otherLabels: [] }],
  ])('that comes with another %s replaces the accepted one', (_, change, corrected) => {
    spec
      .given(accepted)
      .when(paper(change))
      .thenExactly(newEvent('SampleAccepted', { ...accepted.data, ...corrected, replaces: true }));
  });

  test.each([
    [1, 2, 3],
    [1, 3, 2],
    [2, 1, 3],
    [2, 3, 1],
    [3, 1, 2],
    [3, 2, 1],
  ])('of which version %i comes, then %i, then %i, is as the last version says', (...order) => {
    const version = (number: number, change: RecordIngested['fields'] = {}) =>
      paper({ abstract: `${english} In ${number}.`, version: number, ...change });
    const newest = play(
      decider,
      service,
      order.map((number) => version(number)),
    ).log.findLast(({ type }) => type === 'SampleAccepted');
    expect(newest?.data).toMatchObject({ revision: 3, instance: { abstract: `${english} In 3.` } });

    const withdrawn = play(
      decider,
      service,
      order.map((number) => version(number, { withdrawn: number === 3 })),
    );
    const decided = withdrawn.log.filter(({ type }) => type !== 'RecordIngested');
    const counted = decided.findLast(
      ({ type, data }) => type === 'SampleAccepted' || ('replaces' in data && data.replaces),
    );
    expect(counted?.type).not.toBe('SampleAccepted');
  });

  test('of which an older version comes by its day is not changed', () => {
    const first = paper({ updated: '2024-07-01' });
    const { log } = play(decider, service, [first, paper({ abstract: english, updated: '2024-06-30' })]);
    expect(log.at(-1)).toMatchObject({
      type: 'SampleRejected',
      data: {
        reason: 'superseded',
        detail: 'the revision of 2024-07-01 came before the revision of 2024-06-30',
        revisedAt: '2024-06-30',
        replaces: false,
      },
    });
  });

  test('whose correction cannot be learnt from, or repeats another paper, is withdrawn', () => {
    const other = newEvent('SampleAccepted', {
      ...accepted.data,
      recordId: '2',
      instance: { ...instance, title: 'Of Models' },
    });
    const corrected = spec.given(accepted, other);
    corrected
      .when(paper({ primary_category: 'math.CO' }))
      .thenMatch({ type: 'SampleRejected', data: { reason: 'unknown_label', replaces: true } });
    corrected.when(paper({ title: 'Of models!' })).thenExactly(duplicate('1', '2', 'title', true));
  });

  test('that was rejected is decided again, by the task as it is now', () => {
    const declare = (minimumWords: number) =>
      newEvent('TaskDeclared', {
        task: 'notes',
        version: String(minimumWords),
        file: `task: notes\nkind: text\nid: id\ntext: [text]\ntarget: { column: kind, classes: from data }\nminimumWords: ${minimumWords}\n`,
        requestedBy: 'ada',
      });
    const fields = { id: '7', text: 'buy milk', kind: 'errand' };
    const { data } = paper();
    const note = newEvent('RecordIngested', { ...data, task: 'notes', recordId: '7', time: null, fields });
    const rejection = newEvent('SampleRejected', {
      task: 'notes',
      recordId: '7',
      reason: 'too_short',
      detail: '2 words, 3 are needed',
      replaces: false,
      unlabelled: null,
      revision: null,
      revisedAt: null,
    });
    spec.given(declare(3)).when(note).thenExactly(rejection);
    spec.given(declare(3), rejection).when(note).thenExactly(rejection);
    spec
      .given(declare(3), rejection, declare(2))
      .when(note)
      .thenMatch({
        type: 'SampleAccepted',
        data: { task: 'notes', instance: { text: 'buy milk' }, target: 'errand' },
      });
  });

  test('of another task with the same id and text is a sample of its own', () => {
    const file =
      'task: twins\nkind: text\nid: id\ntext: [title, abstract]\ntarget: { column: kind, classes: from data }\n';
    const twins = newEvent('TaskDeclared', { task: 'twins', version: '1', file, requestedBy: 'ada' });
    const { title, abstract } = instance;
    const fields = { id: '1', title, abstract, kind: 'a' };
    const twin = newEvent('RecordIngested', { ...paper().data, task: 'twins', fields });
    spec
      .given(twins, accepted)
      .when(twin)
      .thenMatch({ type: 'SampleAccepted', data: { task: 'twins', recordId: '1' } });
  });

  test('of a task that nobody declared cannot be processed', () => {
    const unknown = newEvent('RecordIngested', { ...paper().data, task: 'arxi' });
    expect(() => spec.given().when(unknown).decide()).toThrow(/no task 'arxi'; did you mean arxiv/);
  });

  test('that repeats another is decided again when the other has changed', () => {
    const twin = paper({ arxiv_id: '2' });
    const renamed = newEvent('SampleAccepted', {
      ...accepted.data,
      instance: { ...instance, title: 'Revised' },
      replaces: true,
      revision: null,
      revisedAt: null,
    });
    const before = [accepted, duplicate('2', '1', 'title')];
    spec
      .given(...before)
      .when(twin)
      .thenExactly(duplicate('2', '1', 'title'));
    spec
      .given(...before, renamed)
      .when(twin)
      .thenMatch({ type: 'SampleAccepted', data: { recordId: '2' } });
  });

  test('with the title of an accepted one is its duplicate, however the title is written', () => {
    spec
      .given(accepted)
      .when(paper({ arxiv_id: '2', title: 'On the virtue of  LOGS.' }))
      .thenExactly(duplicate('2', '1', 'title'));
  });

  test('with the title of a rejected one is decided by itself', () => {
    const rejected = newEvent('SampleRejected', {
      task: 'arxiv',
      recordId: '1',
      reason: 'too_short',
      detail: '',
      replaces: false,
      unlabelled: null,
      revision: null,
      revisedAt: null,
    });
    spec
      .given(rejected)
      .when(paper({ arxiv_id: '2' }))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('whose title has neither letter nor digit is no duplicate', () => {
    const untitled = newEvent('SampleAccepted', { ...accepted.data, instance: { ...instance, title: '' } });
    spec
      .given(untitled)
      .when(paper({ arxiv_id: '2', title: '???' }))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test.each([
    [{ primary_category: 'math.CO' }, 'unknown_label', /^'math.CO' is not one of cs\.AI, /],
    [{ abstract: '$x$ ?' }, 'empty_text', /^its abstract has no words$/],
    [{ withdrawn: true }, 'withdrawn', /withdrawn/],
    [{ abstract: 'Too few words.' }, 'too_short', /^8 words, 50 are needed$/],
    [{ abstract: german }, 'other_language', /'de'/],
    [{ abstract: '1 2 3 4 5 6 7 8 9 10 '.repeat(5) }, 'other_language', /no language/],
  ])('with %o is rejected: %s', (change, reason, detail) => {
    spec
      .given()
      .when(paper(change))
      .thenMatch({
        type: 'SampleRejected',
        data: { recordId: '1', reason, detail: expect.stringMatching(detail) },
      });
  });
});

describe('whatever papers come', () => {
  const papers = fc.array(
    fc.record({
      arxiv_id: fc.integer({ min: 0, max: 15 }).map(String),
      title: fc.constantFrom('On Logs', 'on  logs!', 'Of Models', 'Of \\textbf{Models}', 'Naïve Bayes', '?'),
      abstract: fc.constantFrom(english, english, german, 'Short.'),
      primary_category: fc.constantFrom('cs.DB', 'cs.LG', 'math.CO'),
    }),
    { maxLength: 30 },
  );
  const distinct = papers.map((given) => [...new Map(given.map((one) => [one.arxiv_id, one])).values()]);
  type Given = Parameters<typeof paper>[0];
  const run = (given: readonly Given[]) =>
    play(
      decider,
      service,
      given.map((row) => paper(row)),
    );
  const decisions = (log: readonly LoggedEvent[]) => log.filter(({ type }) => type.startsWith('Sample'));
  const acceptedTitles = (log: readonly LoggedEvent[]) =>
    log.flatMap(({ type, data }) =>
      type === 'SampleAccepted' ? [normaliseTitle(String(data.instance.title))] : [],
    );

  test('each gets exactly one decision', () => {
    fc.assert(
      fc.property(papers, (given) => {
        expect(decisions(run(given).log).map(({ subject }) => subject)).toEqual(
          given.map(({ arxiv_id }) => `arxiv/${arxiv_id}`),
        );
      }),
    );
  });

  test('at most one sample counts of each id and of each title: the newest', () => {
    fc.assert(
      fc.property(papers, (given) => {
        const counting = new Map<string, string>();
        for (const { type, data } of run(given).log) {
          if (type === 'SampleAccepted') {
            expect(data.replaces).toBe(counting.has(data.recordId));
            counting.set(data.recordId, normaliseTitle(String(data.instance.title)));
          } else if (type === 'SampleRejected' || type === 'SampleDeduplicated') {
            if (data.replaces) expect(counting.delete(data.recordId)).toBe(true);
          }
          const titles = [...counting.values()].filter(Boolean);
          expect(new Set(titles).size).toBe(titles.length);
        }
      }),
    );
  });

  test('collected again, they are the same samples', () => {
    fc.assert(
      fc.property(distinct, (given) => {
        const again = decisions(run([...given, ...given]).log).slice(given.length);
        expect(again.filter(({ data }) => 'replaces' in data && data.replaces)).toEqual([]);
        expect(again.filter(({ type }) => type === 'SampleAccepted')).toEqual([]);
      }),
    );
  });

  test('the state is what its facts say', () => {
    fc.assert(
      fc.property(papers, (given) => {
        const { state, log } = run(given);
        expect(decisions(log).reduce(decider.evolve, decider.initialState(mapsInMemory()))).toEqual(state);
      }),
    );
  });

  test('which titles are learnt from does not depend on the order, as long as no id comes twice', () => {
    const orders = distinct.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(orders, ([given, shuffled]) => {
        expect(acceptedTitles(run(shuffled).log).sort()).toEqual(acceptedTitles(run(given).log).sort());
      }),
    );
  });
});
