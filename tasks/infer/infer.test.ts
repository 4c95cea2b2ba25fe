import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { declaredTask } from '../declared/declared.ts';
import { declaredModel } from '../models.ts';
import { readRow, readRows } from '../rows.ts';
import { countEqualRows } from './equal-rows.ts';
import { type Asked, assertInputs, propose } from './propose.ts';
import { readSample } from './sample.ts';
import { taskNameOf } from './task-name.ts';
import { modelYaml, taskYaml } from './write.ts';

const sampleOf = (name: string, text: string | Uint8Array) => readSample({ name, bytes: Buffer.from(text) });
const proposed = async (text: string, asked?: Asked, name = 'f.csv') =>
  propose(await sampleOf(name, text), asked);
/** A table of so many rows. */
const csv = (rows: number, row: (i: number) => Record<string, string | number>) => {
  const all = Array.from({ length: rows }, (_, i) => row(i));
  return `${[Object.keys(all[0]!), ...all.map((fields) => Object.values(fields))].map((cells) => cells.join(',')).join('\n')}\n`;
};
const day = (i: number) => `2024-0${1 + (i % 6)}-1${i % 9}`;

/** One column of each sort. */
const CUSTOMERS = csv(600, (i) => ({
  customer: `C${i}`,
  seen: `${day(i)}T0${i % 9}:00:00Z`,
  signed: day(i),
  plan: ['free', 'pro'][i % 2]!,
  age: i % 11 === 0 ? 'NA' : 20 + (i % 50),
  spend: (i % 97) / 4,
  active: i % 3 === 0 ? 'true' : 'False',
  currency: 'EUR',
  born: `${10 + (i % 19)}/12/1990`,
  empty: '',
  refund: i % 4 === 0 ? 10 + (i % 7) : 0,
  copy: i % 4 === 0 ? 'yes' : 'no',
  churned: i % 4 === 0 ? 'yes' : 'no',
}));

const rolesOf = ({ columns }: Awaited<ReturnType<typeof proposed>>) =>
  Object.fromEntries(
    columns.map(({ name, kind, role, reason }) => [
      name,
      [kind, role, ...(reason === undefined ? [] : [reason])],
    ]),
  );

describe('a table', () => {
  test('has types, roles, and what is suspicious', async () => {
    const proposal = await proposed(CUSTOMERS);
    expect(rolesOf(proposal)).toEqual({
      customer: ['name', 'id'],
      seen: ['time', 'time'],
      signed: ['date', 'input'],
      plan: ['category', 'input'],
      age: ['integer', 'input'],
      spend: ['number', 'input'],
      active: ['boolean', 'input'],
      currency: ['category', 'ignored', 'it has the same value in every row'],
      born: ['date', 'input'],
      empty: ['empty', 'ignored', 'it has no value'],
      refund: ['integer', 'ignored', expect.stringMatching(/ranges .* do not overlap/)],
      copy: ['category', 'ignored', 'it equals the target'],
      churned: ['category', 'target'],
    });
    expect(proposal).toMatchObject({ kind: 'tabular', engine: 'trees', missing: ['NA'] });
    expect(proposal.columns.find(({ name }) => name === 'age')).toMatchObject({
      missing: 55,
      range: '20 … 69',
    });
  });

  test('becomes a task file and a model file, by which each of its rows is a sample', async () => {
    const proposal = await proposed(CUSTOMERS);
    const task = declaredTask('task.yaml', taskYaml('customers', 'f.csv', proposal));
    expect(declaredModel('model.yaml', modelYaml('customers', proposal))).toMatchObject({
      model: 'customers',
      task: 'customers',
      engine: 'trees',
    });
    const rows = await Array.fromAsync(readRows({ name: 'f.csv', bytes: Buffer.from(CUSTOMERS) }, task));
    const records = rows.map((row) => readRow(row, task).record!);
    expect(records.map((record) => task.prepare(record).sample?.id)).toEqual(rows.map((_, i) => `C${i}`));
    expect(records[0]!.instance).toMatchObject({ born: '1990-12-10', age: null, active: true, plan: 'free' });
    expect(proposal.example).toMatchObject({ born: '1990-12-11', age: 21, active: false, plan: 'pro' });
    const asked = { ...proposal.example, customer: 'x', seen: '2024-01-01' };
    expect(task.read(asked).record?.instance).toEqual(proposal.example);
  });

  test.each([
    ['by dots', (i: number) => `${1 + (i % 12)}.${1 + (i % 12)}.2024`, 'date', 'DD.MM.YYYY'],
    ['with a day above 12 first', (i: number) => `${10 + (i % 19)}/03/2024`, 'date', 'DD/MM/YYYY'],
    ['with a day above 12 second', (i: number) => `03/${10 + (i % 19)}/2024 2:05 PM`, 'time', 'MM/DD/YYYY'],
    ['with the year first', (i: number) => `2024/3/${1 + (i % 19)}`, 'date', 'YYYY/MM/DD'],
  ])('with dates %s names their format', async (_, date, kind, format) => {
    const text = csv(80, (i) => ({ x: i % 9, seen: date(i), y: ['a', 'b'][i % 2]! }));
    const proposal = await proposed(text);
    expect(rolesOf(proposal).seen).toEqual([kind, 'time']);
    const yaml = taskYaml('dated', 'f.csv', proposal);
    expect(yaml).toContain(`dates:\n  seen: ${format}\n`);
    const task = declaredTask('task.yaml', yaml);
    const rows = await Array.fromAsync(readRows({ name: 'f.csv', bytes: Buffer.from(text) }, task));
    expect(rows.map((row) => readRow(row, task).record?.time)).not.toContain(undefined);
  });

  test.each([
    [
      'each day is 12 or less',
      (i: number) => `0${1 + (i % 9)}/03/2024`,
      /COLUMN: DD\/MM\/YYYY or COLUMN: MM\/DD\/YYYY$/,
    ],
    ['they are of two formats', (i: number) => (i % 2 ? '31/03/2024' : '03/30/2024'), /not as 2024-05-31/],
    ['a month is a word', (i: number) => `${1 + (i % 9)} Mar 2024`, /not as 2024-05-31/],
  ])('with dates of which %s does not guess', async (_, date, reason) => {
    const { seen } = rolesOf(
      await proposed(csv(80, (i) => ({ x: i % 9, seen: date(i), y: ['a', 'b'][i % 2]! }))),
    );
    expect(seen).toEqual(['unread date', 'ignored', expect.stringMatching(reason)]);
  });

  test.each([
    [
      'commas between thousands',
      (i: number) => `"${(1_000 + 37 * i).toLocaleString('en')}"`,
      /numbers have commas/,
    ],
    ['a sign', (i: number) => `${i / 4} %`, /have a sign such as % or \$: write the numbers alone/],
  ])('with numbers that have %s says how to write them', async (_, number, reason) => {
    const text = csv(80, (i) => ({ x: i % 9, price: number(i), y: ['a', 'b'][i % 2]! }));
    expect(rolesOf(await proposed(text)).price).toEqual([
      expect.any(String),
      'ignored',
      expect.stringMatching(reason),
    ]);
  });

  test('with several labels in a cell shows the target that learns each', async () => {
    const labels = ['leak', 'wear', 'heat', 'leak|wear', 'wear|heat'];
    const proposal = await proposed(csv(80, (i) => ({ x: i % 9, y: labels[i % 5]! })));
    expect(proposal.warnings).toContainEqual(
      expect.stringMatching(/y seems to hold several labels, with '\|'/),
    );
    const yaml = taskYaml('faults', 'f.csv', proposal);
    const edited = yaml.replace(/^target.*\n/m, '').replace('# target', 'target');
    expect(declaredTask('task.yaml', edited).target).toMatchObject({ type: 'multilabel' });
    const cities = await proposed(
      csv(80, (i) => ({ x: i % 9, y: ['Rome; Italy', 'Bonn; Germany'][i % 2]! })),
    );
    expect(cities.target.separator).toBeUndefined();
  });

  test('of which no column is left to learn from is refused, with the reasons', async () => {
    const sample = await sampleOf(
      'f.csv',
      csv(80, (i) => ({ id: i, currency: 'EUR', y: ['a', 'b'][i % 2]! })),
    );
    expect(() => assertInputs(sample, propose(sample))).toThrow(
      'f.csv: no column is left to learn y from. id: it is the id; currency: it has the same value in every row',
    );
  });

  test('with names that YAML would read as something else is declared as well', async () => {
    const odd = ['a: b', 'c # d', 'true', '[x', "it's", '2024', '- y', 'ü'];
    const row = (i: number) => Object.fromEntries(odd.map((name) => [name, (i * 7) % 5]));
    const proposal = await proposed(csv(30, (i) => ({ ...row(i), label: ['no', '1.0'][i % 2]! })));
    const task = declaredTask('task.yaml', taskYaml('odd', 'odd\nname: x.csv', proposal));
    expect(Object.keys(task.schema.fields).sort()).toEqual(odd.sort());
    expect(task.target).toEqual({ type: 'classification', labels: ['1.0', 'no'] });
  });

  test.each([
    [
      'a class that few rows have',
      (i: number) => ({ x: i % 9, y: i === 7 ? 'rare' : ['a', 'b'][i % 2]! }),
      /left out of the classes.* rare \(1\)/,
    ],
    [
      'a value that is no number',
      (i: number) => ({ x: i === 7 ? 'much' : i, y: ['a', 'b'][i % 2]! }),
      /x: 'much' \(line 9\) is not a number; its row/,
    ],
    [
      'a text among dates',
      (i: number) => ({
        x: i % 9,
        seen: i === 7 ? 'soon' : `${1 + (i % 3)}.3.2024`,
        y: ['a', 'b'][i % 2]!,
      }),
      /seen: 'soon' \(line 9\) is not a date as DD.MM.YYYY has it/,
    ],
    [
      'an id that repeats',
      (i: number) => ({ user_id: i % 40, x: i % 9, y: ['a', 'b'][i % 2]! }),
      /user_id repeats \(40 values in 80 rows\).* group/,
    ],
    [
      'a row without its target',
      (i: number) => ({ x: i % 9, y: i === 7 ? '' : ['a', 'b'][i % 2]! }),
      /y is missing in 1 rows/,
    ],
  ])('with %s has a warning', async (_, row, warning) => {
    expect((await proposed(csv(80, row))).warnings).toContainEqual(expect.stringMatching(warning));
  });
});

describe('the target', () => {
  const rows = csv(60, (i) => ({
    grade: 'abc'[i % 3]!,
    label: ['x', 'y'][i % 2]!,
    price: i / 3,
    seen: day(i),
  }));
  const target = async (text: string, asked?: string) =>
    (await proposed(text, asked === undefined ? {} : { target: asked })).target;

  test('is what is asked for, else what has the name of one, else the last column with values', async () => {
    expect(await target(rows, 'grade')).toMatchObject({ column: 'grade', classes: ['a', 'b', 'c'] });
    expect(await target(rows)).toMatchObject({ column: 'label', classes: ['x', 'y'] });
    expect(await target(csv(60, (i) => ({ a: i % 7, b: i / 7, note: '' })))).toMatchObject({
      column: 'b',
      isNumber: true,
    });
  });

  test('of whole numbers is a number, and of few a class', async () => {
    expect(await target(csv(60, (i) => ({ a: i, y: i % 3 })))).toMatchObject({ classes: ['0', '1', '2'] });
    const proposal = await proposed(csv(60, (i) => ({ a: i % 7, y: i % 30 })));
    expect(declaredTask('t.yaml', taskYaml('t', 'f.csv', proposal)).target.type).toBe('regression');
  });

  test.each([
    ['lable', /no column 'lable'; did you mean label\?/],
    ['seen', /seen cannot be the target: it holds dates; there is grade, label, price/],
  ])('%s is refused', (asked, message) => expect(target(rows, asked)).rejects.toThrow(message));

  test('is asked for where none is likely, with the candidates', () =>
    expect(target(rows.replace('label', 'other'))).rejects.toThrow(
      /--target COLUMN; there is grade, other, price/,
    ));
});

describe('lines of JSON', () => {
  const tickets = Array.from({ length: 80 }, (_, i) =>
    JSON.stringify({
      ticket_id: `T${i}`,
      subject: `the printer on floor ${i} does not print any more`,
      priority: i % 3,
      tags: ['a'],
      ...(i > 20 && { queue: ['it', 'hr'][i % 2] }),
    }),
  ).join('\n');

  test('that hold texts are a task of texts', async () => {
    const proposal = await proposed(tickets, { target: 'queue' }, 'tickets.jsonl');
    expect(rolesOf(proposal)).toMatchObject({
      ticket_id: ['name', 'id'],
      subject: ['text', 'input'],
      priority: ['integer', 'ignored', 'a text task reads texts alone'],
      tags: ['nested', 'ignored', expect.any(String)],
    });
    expect(proposal).toMatchObject({ kind: 'text', engine: 'linear', target: { missing: 21 } });
    const task = declaredTask('t.yaml', taskYaml('t', 'tickets.jsonl', proposal));
    expect(task.schema.fields).toEqual({ subject: { type: 'text', maxLength: 100_000 } });
  });

  test('can be read as a table, without the texts', async () => {
    const { columns } = await proposed(tickets, { target: 'queue', kind: 'tabular' }, 't.jsonl');
    expect(columns.find(({ name }) => name === 'subject')?.reason).toMatch(/is a text.*--kind text/);
    expect(columns.find(({ name }) => name === 'priority')?.role).toBe('input');
  });
});

test('a long file is counted whole, and its first rows are kept', async () => {
  const long = csv(12_000, (i) => ({ n: i, y: i % 2 }));
  const { tallies, rows, total } = await sampleOf('f.csv.gz', gzipSync(long));
  const { maximum, values } = tallies.get('n')!;
  expect([rows.length, total, maximum, values.size]).toEqual([10_000, 12_000, 11_999, 10_000]);
  expect((await proposed(long)).columns[0]).toMatchObject({ role: 'id' });
});

test.each([
  ['empty.csv', '', /is empty/],
  ['f.csv', 'a,b\n', /a header and no rows/],
  ['f.csv', 'a,b,a\n1,2,3\n', /names 'a' more than once/],
  ['f.csv', '1.5,2,x\n1.5,3,y\n', /first line has to name the columns/],
  ['f.csv', ',a\n0,1\n', /column 1 has no name/],
  ['f.csv', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), /is UTF-16.*iconv -f UTF-16/],
  ['my f.json', '[{"a": 1}]', /is a JSON array.*jq -c '.\[\]' 'my f.json' >/],
  ['f.json', '{\n"a": 1\n}', /holds no rows; line 1: not JSON/],
  ['f.xlsx', 'PK', /save it as CSV/],
])('%s with %j is refused', (name, text, message) => expect(sampleOf(name, text)).rejects.toThrow(message));

test('a file as spreadsheets write it where the comma is taken is read as it is', async () => {
  const row = (i: number) =>
    `K-${i};${i},5;1.${100 + i},25;${i % 5 ? `0${1 + (i % 9)}.12.2024` : 'n/a'};${i % 2 ? 'ja' : 'nein'}`;
  const text = `\uFEFFKunden-Nr.;Umsatz (€);Größe;Beginn;gekündigt\r\n${Array.from({ length: 80 }, (_, i) => row(i)).join('\r\n')}`;
  const proposal = await proposed(text, {}, 'Kündigungen 2024.csv');
  expect(rolesOf(proposal)).toMatchObject({
    'Kunden-Nr.': ['name', 'id'],
    'Umsatz (€)': ['number', 'input'],
    Größe: ['number', 'input'],
    gekündigt: ['category', 'target'],
  });
  const task = declaredTask('task.yaml', taskYaml('churn', 'f.csv', proposal));
  const rows = await Array.fromAsync(readRows({ name: 'f.csv', bytes: Buffer.from(text) }, task));
  expect(readRow(rows[7]!, task).record!.instance).toMatchObject({ 'Umsatz (€)': 7.5, Größe: 1107.25 });
});

test.each(['n/a', 'N/A', 'null', 'None', '#N/A', 'nan'])(
  '%s among numbers is a missing value',
  async (text) => {
    const proposal = await proposed(csv(80, (i) => ({ x: i % 4 ? i : text, y: ['a', 'b'][i % 2]! })));
    expect(proposal.columns[0]).toMatchObject({ kind: 'integer', missing: 20, placeholders: [text] });
  },
);

describe('a column that is filled in', () => {
  const filledIn = async (isFilled: (i: number) => boolean) => {
    const row = (i: number) => ({
      x: i % 9,
      on: isFilled(i) ? day(i) : '',
      left: i % 4 === 0 ? 'yes' : 'no',
    });
    const { columns } = await proposed(csv(400, row), { target: 'left' });
    return columns.find(({ name }) => name === 'on');
  };

  test('only for one class is ignored: it is known after the fact', async () => {
    const reason = expect.stringMatching(/only where the class is yes/);
    expect(await filledIn((i) => i % 4 === 0)).toMatchObject({ role: 'ignored', reason });
    expect(await filledIn((i) => i % 8 === 0)).toMatchObject({ role: 'ignored', reason });
  });

  test('for several classes, or for a few rows, is an input', async () => {
    expect(await filledIn((i) => i % 3 === 0)).toMatchObject({ role: 'input' });
    expect(await filledIn((i) => i % 16 === 0)).toMatchObject({ role: 'input' });
  });
});

test('a byte order mark, line ends of Windows and newlines in quotes are no obstacle', async () => {
  const { tallies, total } = await sampleOf('f.csv', '\uFEFFa,note\r\n1,"x\r\ny"\r\n2,"say ""z"""\r\n');
  expect([[...tallies.keys()], total]).toEqual([['a', 'note'], 2]);
  expect([...tallies.get('note')!.values.keys()]).toEqual(['x\r\ny', 'say "z"']);
});

test('rows that are equal in what is read are counted, where no column names a record', async () => {
  const task = declaredTask(
    't.yaml',
    'task: t\nkind: tabular\ntarget: { column: y, classes: [a, b] }\ncolumns: { x: number, z: category }\nignore: [note]\n',
  );
  const equal = (name: string, text: string) => countEqualRows({ name, bytes: Buffer.from(text) }, task);
  expect(await equal('f.csv', 'x,z,y,note\n1,u,a,one\n1.0,u,a,two\n2,,b,\n2,,b,\n2,u,b,\n1,u,a,\n')).toBe(3);
  const lines = [
    { x: 1, y: 'a', note: 1 },
    { y: 'a', x: 1, z: null },
    { x: 2, y: 'a' },
    { x: 'no', y: 'a' },
  ];
  expect(await equal('f.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))).toBe(1);
});

test.each([
  ['Kündigungen 2025.csv.gz', 'kuendigungen-2025'],
  ['Ku\u0308ndigungen.csv', 'kuendigungen'],
  ['Données été.jsonl', 'donnees-ete'],
  ['2024.csv', 'my-task'],
])('a file %s is the task %s', (file, name) => expect(taskNameOf(file)).toBe(name));
