import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoggedEvent, type NewEvent, newEvent } from '../../kernel/event.ts';
import { deciderSpec } from '../../kernel/testing/decider-spec.ts';
import { play } from '../../kernel/testing/play.ts';
import { normaliseTitle } from '../../ml/text/clean.ts';
import type { PaperIngested } from '../../schemas/events.generated.ts';
import { curator } from './decider.ts';
import { service } from './service.ts';
import { settings } from './settings.ts';

const english =
  'We show that an append-only log of events can prove what has happened to a model in production.';
const german =
  'Wir zeigen, dass ein Protokoll von Ereignissen beweisen kann, was einem Modell im Betrieb geschehen ist.';

const paper = (change: Partial<PaperIngested> = {}): NewEvent<'PaperIngested'> =>
  newEvent('PaperIngested', {
    arxivId: '1',
    title: 'On the Virtue of \\emph{Logs}',
    abstract: `${english} See https://example.org/log.`,
    authors: [],
    categories: ['cs.DB', 'cs.LG'],
    primaryCategory: 'cs.DB',
    published: '2024-05-31',
    collectionId: 'c',
    line: 1,
    ...change,
  });

const accepted = newEvent('SampleAccepted', {
  arxivId: '1',
  title: 'On the Virtue of Logs',
  abstract: `${english} See.`,
  label: 'cs.DB',
  categories: ['cs.DB', 'cs.LG'],
  published: '2024-05-31',
  words: 24,
  replaces: false,
});

const duplicate = (arxivId: string, duplicateOf: string, matchedBy: 'id' | 'title', replaces = false) =>
  newEvent('SampleDeduplicated', { arxivId, duplicateOf, matchedBy, similarity: 1, replaces });

const decider = curator(settings.parse({ minWords: '10' }));
const spec = deciderSpec(decider);

describe('a paper', () => {
  test('is accepted, cleaned', () => {
    spec.given().when(paper()).thenExactly(accepted);
  });

  test('that was accepted, and comes again as it is, is a duplicate', () => {
    spec
      .given(accepted)
      .when(paper({ line: 7, collectionId: 'd', authors: ['Ada'] }))
      .thenExactly(duplicate('1', '1', 'id'));
  });

  test.each([
    ['text', { abstract: `${english} And when.` }, { abstract: `${english} And when.`, words: 25 }],
    ['title', { title: 'Revised' }, { title: 'Revised', words: 20 }],
    ['label', { primaryCategory: 'cs.LG' }, { label: 'cs.LG' }],
    ['categories', { categories: ['cs.DB'] }, { categories: ['cs.DB'] }],
  ])('that comes with another %s replaces the accepted one', (_, change, corrected) => {
    spec
      .given(accepted)
      .when(paper(change))
      .thenExactly(newEvent('SampleAccepted', { ...accepted.data, ...corrected, replaces: true }));
  });

  test('whose correction cannot be learnt from, or repeats another paper, is withdrawn', () => {
    const other = newEvent('SampleAccepted', { ...accepted.data, arxivId: '2', title: 'Of Models' });
    const corrected = spec.given(accepted, other);
    corrected
      .when(paper({ primaryCategory: 'math.CO' }))
      .thenMatch({ type: 'SampleRejected', data: { reason: 'unknown_label', replaces: true } });
    corrected.when(paper({ title: 'Of models!' })).thenExactly(duplicate('1', '2', 'title', true));
  });

  test('that was rejected is decided again, by the settings there are now', () => {
    const mathematics = paper({ primaryCategory: 'math.CO' });
    const rejection = spec.given().when(mathematics).decide();
    spec
      .given(...rejection)
      .when(mathematics)
      .thenExactly(...rejection);
    deciderSpec(curator(settings.parse({ minWords: '10', labels: 'math.CO' })))
      .given(...rejection)
      .when(mathematics)
      .thenExactly(newEvent('SampleAccepted', { ...accepted.data, label: 'math.CO' }));
  });

  test('that repeats another is decided again when the other has changed', () => {
    const twin = paper({ arxivId: '2' });
    const renamed = newEvent('SampleAccepted', { ...accepted.data, title: 'Revised', replaces: true });
    const before = [accepted, duplicate('2', '1', 'title')];
    spec
      .given(...before)
      .when(twin)
      .thenExactly(duplicate('2', '1', 'title'));
    spec
      .given(...before, renamed)
      .when(twin)
      .thenMatch({ type: 'SampleAccepted', data: { arxivId: '2' } });
  });

  test('with the title of an accepted one is its duplicate, however the title is written', () => {
    spec
      .given(accepted)
      .when(paper({ arxivId: '2', title: 'On the virtue of  LOGS.' }))
      .thenExactly(duplicate('2', '1', 'title'));
  });

  test('with the title of a rejected one is judged by itself', () => {
    const rejected = newEvent('SampleRejected', {
      arxivId: '1',
      reason: 'too_short',
      detail: '',
      replaces: false,
    });
    spec
      .given(rejected)
      .when(paper({ arxivId: '2' }))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test('whose title has neither letter nor digit is nobody’s duplicate', () => {
    const untitled = newEvent('SampleAccepted', { ...accepted.data, title: '' });
    spec
      .given(untitled)
      .when(paper({ arxivId: '2', title: '???' }))
      .thenMatch({ type: 'SampleAccepted' });
  });

  test.each([
    [{ primaryCategory: 'math.CO' }, 'unknown_label', /^'math.CO' is not one of cs\.AI, /],
    [{ abstract: 'Too few words.' }, 'too_short', /^8 words, 10 are needed$/],
    [{ abstract: german }, 'not_english', /'de'/],
    [{ abstract: '1 2 3 4 5 6 7 8 9 10' }, 'not_english', /no language/],
  ])('with %o is rejected: %s', (change, reason, detail) => {
    spec
      .given()
      .when(paper(change))
      .thenMatch({
        type: 'SampleRejected',
        data: { arxivId: '1', reason, detail: expect.stringMatching(detail) },
      });
  });
});

test('settings come as text and have defaults', () => {
  expect(settings.parse({})).toMatchObject({
    minWords: 50,
    labels: expect.arrayContaining(['cs.AI', 'cs.SE']),
  });
  expect(settings.parse({}).labels).toHaveLength(10);
  expect(settings.parse({ minWords: '7', labels: 'a, b,' })).toEqual({ minWords: 7, labels: ['a', 'b'] });
  expect(settings.safeParse({ labels: ' , ' }).success).toBe(false);
  expect(settings.safeParse({ minWords: 'few' }).success).toBe(false);
});

describe('whatever papers come', () => {
  const papers = fc.array(
    fc.record({
      arxivId: fc.integer({ min: 0, max: 15 }).map(String),
      title: fc.constantFrom('On Logs', 'on  logs!', 'Of Models', 'Of \\textbf{Models}', 'Naïve Bayes', '?'),
      abstract: fc.constantFrom(english, english, german, 'Short.'),
      primaryCategory: fc.constantFrom('cs.DB', 'cs.LG', 'math.CO'),
    }),
    { maxLength: 30 },
  );
  const distinct = papers.map((given) => [...new Map(given.map((one) => [one.arxivId, one])).values()]);
  type Given = Parameters<typeof paper>[0];
  const run = (given: readonly Given[]) => play(decider, service, given.map(paper));
  const decisions = (log: readonly LoggedEvent[]) => log.filter(({ type }) => type.startsWith('Sample'));
  const acceptedTitles = (log: readonly LoggedEvent[]) =>
    log.flatMap(({ type, data }) => (type === 'SampleAccepted' ? [normaliseTitle(data.title)] : []));

  test('each gets exactly one decision', () => {
    fc.assert(
      fc.property(papers, (given) => {
        expect(decisions(run(given).log).map(({ subject }) => subject)).toEqual(
          given.map(({ arxivId }) => arxivId),
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
            expect(data.replaces).toBe(counting.has(data.arxivId));
            counting.set(data.arxivId, normaliseTitle(data.title));
          } else if (type === 'SampleRejected' || type === 'SampleDeduplicated') {
            if (data.replaces) expect(counting.delete(data.arxivId)).toBe(true);
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
        expect(decisions(log).reduce(decider.evolve, decider.initialState())).toEqual(state);
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
