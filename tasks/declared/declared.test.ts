import { describe, expect, test } from 'vitest';
import { taskNamed, withDeclared } from '../registry.ts';
import { declaredTask } from './declared.ts';

const TABLE = `task: flights
kind: tabular
id: flight_id
time: scheduled
group: plane
target: { column: arrival, classes: [late, on time] }
columns:
  carrier: { type: category, values: [UA, DL] }
  miles: { type: number, minimum: 0, unit: miles, required: true }
  returned: date
  direct: boolean
ignore: [note]
rules:
  - returned >= scheduled
  - miles < 9000
  - carrier != 'XX'
duplicates: [[carrier, miles]]
`;
const TEXT = `task: tickets
kind: text
target: { column: queue, classes: from data }
text: [subject, body]
language: en
minimumWords: 3
`;
const flights = declaredTask('flights.yaml', TABLE);
const tickets = declaredTask('tickets.yaml', TEXT);
const flight = {
  flight_id: 'UA1',
  scheduled: '2013-01-01T06:00:00-05:00',
  plane: 'N1',
  arrival: 'late',
  carrier: 'UA',
  miles: 700,
  returned: '2013-01-02',
  direct: true,
};
const without = (field: keyof typeof flight) =>
  Object.fromEntries(Object.entries(flight).filter(([name]) => name !== field));

const valuesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, i]));

describe('a declared table', () => {
  test('has at most 500 columns', () => {
    const wide = (count: number) => {
      const columns = Array.from({ length: count }, (_, i) => `  c${i}: number\n`).join('');
      return `task: wide\nkind: tabular\ntarget: { column: y, classes: from data }\ncolumns:\n${columns}`;
    };
    const { record } = declaredTask('wide.yaml', wide(500)).read({ ...valuesOf(500), y: 'a' });
    expect(record?.instance).toEqual(valuesOf(500));
    expect(() => declaredTask('wide.yaml', wide(501))).toThrow(/has 501 columns, and a task may have 500/);
  });

  test('reads a row as a record: inputs apart from id, time, group and target', () => {
    expect(flights.read({ ...flight, note: 'x' }).record).toEqual({
      id: 'UA1',
      time: '2013-01-01T06:00:00-05:00',
      group: 'N1',
      instance: { carrier: 'UA', miles: 700, returned: '2013-01-02', direct: true },
      target: 'late',
      otherLabels: [],
    });
    expect(flights.storedColumns).not.toContain('note');
    expect(flights.duplicateKeys({ instance: { carrier: 'UA', miles: 7 } })).toEqual([
      { match: 'carrier+miles', key: '["UA",7]' },
    ]);
  });

  test('reads dates by the format that it names, and by ISO 8601', () => {
    const { read } = declaredTask(
      'flights.yaml',
      `${TABLE}dates: { scheduled: MM/DD/YYYY, returned: DD.MM.YYYY }`,
    );
    const written = { ...flight, scheduled: '01/02/2013 6:00 AM', returned: '3.1.2013' };
    expect(read(written).record).toMatchObject({
      time: '2013-01-02T06:00:00',
      instance: { returned: '2013-01-03' },
    });
    expect(read(flight).record).toEqual(flights.read(flight).record);
    expect(read({ ...written, returned: '1.1.2013' }).fault).toMatchObject({ code: 'rule' });
    expect(read({ ...written, returned: '1.13.2013' }).fault).toMatchObject({
      code: 'bad_date',
      reason: "returned must be a date as DD.MM.YYYY has it, not '1.13.2013'",
    });
  });

  test('of which a record may be in several groups takes a list of them, or a text with a separator', () => {
    const several = TABLE.replace('group: plane', 'group: { column: plane, separator: "," }');
    const { read, groupsOf } = declaredTask('flights.yaml', several);
    const groupOf = (plane: unknown) => read({ ...flight, plane });
    for (const plane of ['N2, N1,,N2', ['N1', 'N2']]) expect(groupOf(plane).record?.group).toBe('N1|N2');
    for (const plane of [null, '', ' , ', []]) expect(groupOf(plane).record?.group).toBeNull();
    expect(groupsOf!({ instance: {}, group: 'N1|N2' })).toEqual(['N1', 'N2']);
    expect(groupsOf!({ instance: {}, group: null })).toEqual([]);
    expect(flights.groupsOf).toBeUndefined();
    expect(groupOf(['N1', 2]).fault).toMatchObject({
      code: 'wrong_type',
      reason: "plane must be a list of groups, or a text with ',' between them",
    });
    expect(groupOf('a|b').fault).toMatchObject({
      code: 'bad_group',
      reason: expect.stringMatching(/^plane: 'a\|b' holds the bar/),
    });
    expect(() => declaredTask('x.yaml', TABLE.replace('group: plane', 'group: [plane]'))).toThrow(/group/);
  });

  test('gives the same record of what its event keeps', () => {
    const kept = Object.fromEntries(
      Object.entries(flight).filter(([name]) => flights.storedColumns.includes(name)),
    );
    expect(flights.read(kept)).toEqual(flights.read(flight));
  });

  test.each([
    [
      'an unknown column',
      { ...flight, carier: 'UA' },
      'invalid_field',
      /no field 'carier', did you mean 'carrier'\?/,
    ],
    [
      'a type that does not fit',
      { ...flight, miles: 'far' },
      'invalid_field',
      /miles must be a number, not "far"/,
    ],
    [
      'a category that is not allowed',
      { ...flight, carrier: 'ZZ' },
      'invalid_field',
      /carrier must be one of UA, DL/,
    ],
    ['a number out of range', { ...flight, miles: -1 }, 'invalid_field', /miles must be 0 or more/],
    ['a required input that is missing', without('miles'), 'invalid_field', /miles is required/],
    ['no id', without('flight_id'), 'missing_field', /flight_id is missing/],
    ['no time', without('scheduled'), 'missing_field', /scheduled is missing/],
    ['a time that is none', { ...flight, scheduled: 'noon' }, 'bad_date', /scheduled must be a date/],
    [
      'a broken rule between dates',
      { ...flight, returned: '2012-12-31' },
      'rule',
      /breaks the rule returned >= scheduled/,
    ],
    ['a broken rule with a number', { ...flight, miles: 9_000 }, 'rule', /miles < 9000/],
  ])('rejects a row with %s', (_, row, code, reason) => {
    expect(flights.read(row).fault).toMatchObject({ code, reason: expect.stringMatching(reason) });
  });

  test('a rule says nothing of a value that is missing', () => {
    expect(flights.read(without('returned')).record?.instance).toMatchObject({ returned: null });
  });

  test('a record without its target, or with another class, is no sample', () => {
    const prepare = (row: object) => flights.prepare(flights.read({ ...row }).record!);
    expect(prepare(flight).sample).toMatchObject({ target: 'late' });
    expect(prepare(without('arrival')).rejection).toEqual({ code: 'no_target', reason: 'arrival is empty' });
    expect(prepare({ ...flight, arrival: 'never' }).rejection).toMatchObject({ code: 'unknown_label' });
  });

  test('may have a number as its target, in a range', () => {
    const task = declaredTask(
      'n.yaml',
      'task: n\nkind: tabular\ntarget: { column: y, type: number, maximum: 9 }\ncolumns: { x: number }\n',
    );
    expect(task.target).toEqual({ type: 'regression', unit: null, minimum: null, maximum: 9 });
    const prepare = (y: number) => task.prepare(task.read({ x: 1, y }).record!);
    expect(prepare(8.5).sample).toMatchObject({ target: 8.5 });
    expect(prepare(10).rejection).toMatchObject({
      code: 'target_out_of_range',
      reason: expect.stringContaining('y is 10'),
    });
  });
});

describe('a declared text', () => {
  const prepare = (row: object) => tickets.prepare(tickets.read({ ...row }).record!);
  const ticket = {
    subject: 'The printer is broken again',
    body: 'It prints nothing since this morning.',
    queue: 'it',
  };

  test('is a sample, cleaned; without an id a digest of the row names it', () => {
    const { sample } = prepare({ ...ticket, subject: 'The printer  is broken again' });
    expect(sample).toMatchObject({
      target: 'it',
      instance: { subject: 'The printer is broken again' },
      time: null,
    });
    expect(sample?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(prepare(ticket).sample?.id).not.toBe(sample?.id);
  });

  test.each([
    [{ ...ticket, subject: 'Hm', body: '' }, 'too_short'],
    [
      {
        ...ticket,
        subject: 'Der Drucker ist wieder kaputt',
        body: 'Seit heute Morgen druckt er nichts mehr.',
      },
      'other_language',
    ],
  ])('%j is rejected: %s', (row, code) => expect(prepare(row).rejection).toMatchObject({ code }));
});

describe('a task file is refused', () => {
  const edited = (from: string, to: string) => () => declaredTask('flights.yaml', TABLE.replace(from, to));

  test.each([
    [
      'with an unknown key',
      edited('columns:', 'colums:'),
      /flights\.yaml:7: colums is not known; did you mean columns\?/,
    ],
    [
      'with a type that is none',
      edited('direct: boolean', 'direct: bool'),
      /flights\.yaml:11: columns\.direct must be one of text, number/,
    ],
    ['with a range for a category', edited('values: [UA, DL]', 'minimum: 1'), /minimum is for numbers/],
    ['with a range upside down', edited('minimum: 0', 'minimum: 5, maximum: 1'), /above the maximum/],
    [
      'with a target that is an input',
      edited('column: arrival', 'column: miles'),
      /the target, miles, cannot be an input/,
    ],
    [
      'with a rule about an unknown column',
      edited('miles < 9000', 'mile < 9000'),
      /rule 'mile < 9000': .*did you mean miles\?/,
    ],
    [
      'with a rule that is none',
      edited('miles < 9000', 'miles is large'),
      /write it as 'end_date >= start_date'/,
    ],
    [
      'with duplicates by a column that is no input',
      edited('[[carrier, miles]]', '[[carier]]'),
      /duplicates: carier is no input, did you mean carrier\?/,
    ],
    [
      'with the format of a column that is no date',
      edited('ignore:', 'dates: { retuned: DD.MM.YYYY }\nignore:'),
      /dates: retuned is no date, did you mean 'returned'\?; name an input of type date/,
    ],
    [
      'with a format that is none',
      edited('ignore:', 'dates: { returned: TT.MM.JJJJ }\nignore:'),
      /dates\.returned must be one of DD\.MM\.YYYY, DD\/MM/,
    ],
    ['that ignores an input', edited('ignore: [note]', 'ignore: [miles]'), /ignore: miles is an input/],
    [
      'with a name that no topic can have',
      edited('task: flights', 'task: My Flights'),
      /flights\.yaml:1: task must be lower-case/,
    ],
  ])('%s', (_, declare, message) => expect(declare).toThrow(message));
});

test('a declaration changes a declared task, never one with code, and an invalid one changes nothing', () => {
  const shipped = new Map([['arxiv', flights]]);
  const declared = withDeclared(shipped, shipped, { task: 'tickets', file: TEXT });
  expect([...declared.keys()]).toEqual(['arxiv', 'tickets']);
  const changed = withDeclared(declared, shipped, { task: 'tickets', file: TEXT.replace('3', '4') });
  expect(changed.get('tickets')!.version).not.toBe(declared.get('tickets')!.version);
  expect(withDeclared(declared, shipped, { task: 'tickets', file: 'task: [' })).toBe(declared);
  expect(withDeclared(declared, shipped, { task: 'arxiv', file: TEXT })).toBe(declared);
  expect(() => taskNamed(declared, 'ticket')).toThrow(/no task 'ticket'; did you mean tickets\?/);
  expect(() => taskNamed(declared, 'x')).toThrow(/there is arxiv, tickets\. Declare one/);
});
