import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { LabelCorrectionRequested, SampleLabelled } from '../../schemas/events.generated.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { loadTasks } from '../../tasks/load.ts';
import { ingested } from '../../test/harness/records.ts';
import { curator } from './decider.ts';
import { service } from './service.ts';

const decider = curator(await loadTasks());
const spec = deciderSpec(decider);

const TASK = 'notes';
const file = `task: ${TASK}\nkind: text\nid: id\ntext: [text]\ntarget: { column: kind, classes: [a, b] }\nduplicates: [[text]]\n`;
const declared = newEvent('TaskDeclared', { task: TASK, version: '1', file, requestedBy: 'ada' });

const note = (id: string, kind: string | null, text = `note ${id}`): NewEvent<'RecordIngested'> =>
  newEvent('RecordIngested', {
    ...{ ...ingested(id, {}).data, task: TASK, recordId: id, time: null },
    fields: { id, text, ...(kind !== null && { kind }) },
  });

const labelled = (
  recordId: string,
  target: string | number,
  change: Partial<SampleLabelled> = {},
): NewEvent<'SampleLabelled'> =>
  newEvent('SampleLabelled', {
    ...{ task: TASK, recordId, target, explanation: '', expectedLabels: null, requestedBy: 'ada' },
    ...change,
  });

const correction = (
  recordId: string,
  change: Partial<LabelCorrectionRequested> = {},
): NewEvent<'LabelCorrectionRequested'> =>
  newEvent('LabelCorrectionRequested', {
    ...{ task: TASK, recordId, from: 'a', target: 'b', confidence: 0.99, datasetId: 'd' },
    ...{ explanation: 'looks wrong', requestedBy: 'ada', ...change },
  });

const undo = (recordId: string): NewEvent<'LabelCorrectionUndoRequested'> =>
  newEvent('LabelCorrectionUndoRequested', {
    ...{ task: TASK, recordId, explanation: 'it was right', requestedBy: 'bob' },
  });

/** What comes after such events, played through the curator. */
const played = (...inputs: readonly NewEvent[]) => {
  const events = play(decider, service, [declared, ...inputs]).log.map(
    ({ type, data }) => ({ type, data }) as NewEvent,
  );
  return spec.given(...events);
};

const refused = (code: string, reason: RegExp) => ({
  type: 'LabelRefused',
  data: { code, reason: expect.stringMatching(reason) },
});

describe('a label of a person', () => {
  test('is recorded beside that of the source', () => {
    played(note('1', 'a'))
      .when(labelled('1', 'b', { explanation: 'asks for money' }))
      .thenExactly(
        newEvent('LabelRecorded', {
          ...{ task: TASK, recordId: '1', target: 'b', explanation: 'asks for money' },
          ...{ replaces: false, original: 'a', requestedBy: 'ada' },
        }),
      );
  });

  test('replaces an earlier one of theirs, and is refused where it says the same', () => {
    const given = played(note('1', 'a'), labelled('1', 'b'));
    given.when(labelled('1', 'a')).thenMatch({ type: 'LabelRecorded', data: { replaces: true } });
    given.when(labelled('1', 'b')).thenMatch(refused('CONFLICT', /^ada has labelled 1 b already$/));
    given
      .when(labelled('1', 'b', { requestedBy: 'bob' }))
      .thenMatch({ type: 'LabelRecorded', data: { replaces: false, original: 'a' } });
  });

  test('is refused where another person was faster, if it says how many there were', () => {
    const given = played(note('1', 'a'), labelled('1', 'b'));
    const late = { requestedBy: 'bob', expectedLabels: 0 };
    given
      .when(labelled('1', 'b', late))
      .thenMatch(refused('CONFLICT', /^1 others have labelled 1, not 0 as when it was shown/));
    given.when(labelled('1', 'b', { ...late, expectedLabels: 1 })).thenMatch({ type: 'LabelRecorded' });
    given
      .when(labelled('1', 'a', { expectedLabels: 0 }))
      .thenMatch({ type: 'LabelRecorded', data: { replaces: true } });
  });

  test.each([
    ['unknown', labelled('1', 'bb'), 'INPUT_INVALID', /^notes has no class 'bb'; did you mean b\?/],
    ['a number', labelled('1', 7), 'INPUT_INVALID', /^notes has classes/],
    ['of no sample', labelled('9', 'a'), 'NOT_FOUND', /^notes has no sample 9/],
    ['of no task', labelled('1', 'a', { task: 'note' }), 'TASK_UNKNOWN', /^there is no task 'note'/],
  ])('that is %s is refused', (_, request, code, reason) => {
    played(note('1', 'a')).when(request).thenMatch(refused(code, reason));
  });
});

describe('a record without a label', () => {
  test('is accepted as soon as a person gives it one', () => {
    spec
      .given(declared)
      .when(note('1', null))
      .thenMatch({
        type: 'SampleRejected',
        data: {
          reason: 'no_target',
          unlabelled: { taskVersion: expect.any(String), instance: { text: 'note 1' } },
        },
      });
    played(note('1', null))
      .when(labelled('1', 'b'))
      .thenMatch(
        { type: 'LabelRecorded', data: { original: null } },
        { type: 'SampleAccepted', data: { target: 'b', instance: { text: 'note 1' }, replaces: false } },
      );
    played(note('1', null), labelled('1', 'b'))
      .when(labelled('1', 'a', { requestedBy: 'bob' }))
      .thenMatch({ type: 'LabelRecorded', data: { original: null } });
  });

  test('that lacks more than that is rejected for what else it lacks', () => {
    spec
      .given(declared)
      .when(note('1', null, '??'))
      .thenMatch({ type: 'SampleRejected', data: { reason: 'empty_text', unlabelled: null } });
    played(note('1', null, '??'))
      .when(labelled('1', 'a'))
      .thenMatch(refused('NOT_FOUND', /lacks more/));
  });

  test('that repeats a sample is no second one', () => {
    played(note('1', null, 'the same'), note('2', 'a', 'the same'))
      .when(labelled('1', 'b'))
      .thenMatch({ type: 'LabelRecorded' }, { type: 'SampleDeduplicated', data: { duplicateOf: '2' } });
  });

  test('keeps the label of people when it comes again, and takes one of its source', () => {
    const given = played(note('1', null), labelled('1', 'b'));
    given
      .when(note('1', null))
      .thenMatch({ type: 'SampleDeduplicated', data: { matchedBy: 'id', replaces: false } });
    given
      .when(note('1', null, 'another text'))
      .thenMatch({ type: 'SampleAccepted', data: { target: 'b', replaces: true } });
    given
      .when(note('1', 'a'))
      .thenMatch(
        { type: 'SampleAccepted', data: { target: 'a', replaces: true } },
        { type: 'LabelSourceChanged', data: { original: 'a' } },
      );
  });
});

describe('a correction', () => {
  test('is recorded with what it was suspected by, and can be undone', () => {
    const requested = correction('1');
    played(note('1', 'a'))
      .when(requested)
      .thenExactly(newEvent('LabelCorrected', { ...requested.data, original: 'a' }));
    played(note('1', 'a'), requested)
      .when(undo('1'))
      .thenMatch({ type: 'LabelCorrectionUndone', data: { from: 'b', target: 'a', requestedBy: 'bob' } });
    played(note('1', 'a'))
      .when(undo('1'))
      .thenMatch(refused('CONFLICT', /^no correction .* is in force$/));
    played(note('1', 'a'), requested, undo('1'))
      .when(undo('1'))
      .thenMatch(refused('CONFLICT', /in force/));
  });

  test.each([
    ['of another label', note('1', 'b'), correction('1'), 'CONFLICT', /^the label of 1 is b now, not a$/],
    [
      'that corrects nothing',
      note('1', 'a'),
      correction('1', { target: 'a' }),
      'INPUT_INVALID',
      /give another/,
    ],
    ['of no label', note('1', null), correction('1'), 'CONFLICT', /has no label to be corrected/],
    ['to no class', note('1', 'a'), correction('1', { target: 'c' }), 'INPUT_INVALID', /no class 'c'/],
  ])('%s is refused', (_, record, request, code, reason) => {
    played(record).when(request).thenMatch(refused(code, reason));
  });

  test('is not for what people have labelled', () => {
    played(note('1', 'a'), labelled('1', 'a'))
      .when(correction('1'))
      .thenMatch(refused('CONFLICT', /^people have labelled 1/));
  });

  test('ends when the source says another label itself', () => {
    played(note('1', 'a'), correction('1'))
      .when(note('1', 'b'))
      .thenMatch(
        { type: 'SampleAccepted', data: { target: 'b', replaces: true } },
        { type: 'LabelSourceChanged', data: { original: 'b' } },
      );
    played(note('1', 'a'), correction('1'))
      .when(note('1', 'a', 'another text'))
      .thenMatch({ type: 'SampleAccepted', data: { target: 'a' } });
  });
});

describe('whatever comes', () => {
  const id = fc.constantFrom('1', '2', '3');
  const kind = fc.constantFrom('a', 'b', null);
  const label = fc.constantFrom('a', 'b');
  const who = fc.constantFrom('ada', 'bob', 'cy');
  const inputs = fc.array(
    fc.oneof(
      fc.tuple(id, kind, fc.constantFrom('one text', 'another')).map((given) => note(...given)),
      fc.tuple(id, label, who).map(([one, target, requestedBy]) => labelled(one, target, { requestedBy })),
      fc.tuple(id, label, label).map(([one, from, target]) => correction(one, { from, target })),
      id.map(undo),
    ),
    { maxLength: 40 },
  );

  test('each request has one answer, each person one label of a sample, and the state follows from the facts', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { state, log } = play(decider, service, [declared, ...given]);
        const about = log.filter(({ type }) =>
          /^Label(Recorded|Corrected|CorrectionUndone|Refused)$/.test(type),
        );
        expect(about).toHaveLength(given.filter(({ type }) => type !== 'RecordIngested').length);
        for (const one of ['1', '2', '3']) {
          const votes = state.labels.get(`${TASK}/${one}`)?.votes ?? [];
          expect(new Set(votes.map(({ annotator }) => annotator)).size).toBe(votes.length);
        }
        const facts = log.filter(({ type }) => service.stateFrom?.includes(type));
        const folded = facts.reduce(decider.evolve, decider.initialState(mapsInMemory()));
        expect({ ...folded, tasks: 0 }).toEqual({ ...state, tasks: 0 }); // tasks are functions
      }),
    );
  });
});
