import { stringify } from 'yaml';
import type { ColumnKind } from './column.ts';
import type { Proposal, ProposedColumn } from './propose.ts';

/** The types of a task file. */
const TYPES: Partial<Record<ColumnKind, string>> = {
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  date: 'date',
  time: 'date',
};

export const typeOf = (kind: ColumnKind): string => TYPES[kind] ?? 'category';

/** The task file of a proposal, with what was seen as comments. */
export function taskYaml(name: string, file: string, proposal: Proposal): string {
  const { kind, columns, missing, target } = proposal;
  const inputs = columns.filter(({ role }) => role === 'input');
  const ignored = columns.filter(({ role }) => role === 'ignored');
  const role = (wanted: ProposedColumn['role']) => columns.find((column) => column.role === wanted);
  return lines([
    '# What is learnt, proposed from ' +
      oneLine(file) +
      '. Change what is wrong, then: npx epochlog task declare task.yaml',
    '# All keys are explained in docs/tasks.md.',
    entry('task', name),
    entry('kind', kind),
    entry('description', `predicts ${oneLine(target.column)}`),
    roleLine('id', role('id'), 'names a record; one that is collected again replaces the earlier one'),
    roleLine('time', role('time'), 'orders the records'),
    roleLine('group', role('group'), 'records of one group stay in one split of a dataset'),
    ...targetLines(proposal),
    ...(kind === 'text'
      ? [
          '# the texts that are read, the first one weighs most',
          entry(
            'text',
            inputs.map(({ name }) => name),
          ),
          '# language: en # rejects records in another one',
          'minimumWords: 1',
          commented(
            'nearDuplicates: { similarity: 0.8 }',
            'a text that repeats another nearly word for word is not learnt from; delete the line for forms and templates',
          ),
        ]
      : [
          '# the inputs: number, category, boolean or date; behind each what was seen. To refuse impossible values, write',
          '#   age: { type: number, minimum: 0, maximum: 120, unit: years, required: true }',
          'columns:',
          ...inputs.map((column) => `  ${commented(entry(column.name, typeOf(column.kind)), seen(column))}`),
        ]),
    ...datesLines(columns),
    ...(missing.length > 0
      ? ['# cells that mean a missing value, beside empty ones', entry('missing', missing)]
      : []),
    ...(ignored.length > 0
      ? [
          '# columns that are not read; to use one, move it to the inputs',
          'ignore:',
          ...ignored.map(({ name, reason = '' }) => commented(`  - ${scalar(name)}`, reason)),
        ]
      : []),
    kind === 'tabular' ? '# rules: ["end_date >= start_date"] # rows that break one are rejected' : '',
  ]);
}

function targetLines({ target }: Proposal): string[] {
  const { column, classes, isNumber, rare, separator } = target;
  if (isNumber) {
    return [
      '# a number; with classes instead: { column: …, classes: from data }',
      entry('target', { column, type: 'number' }),
    ];
  }
  const left =
    rare.length === 0
      ? []
      : [
          `# left out, as too few rows have them: ${oneLine(
            rare
              .slice(0, 20)
              .map(([name]) => name)
              .join(', '),
          )}`,
        ];
  const several =
    separator === undefined
      ? []
      : [
          '# each label for itself, any number of them in a row:',
          `# ${entry('target', { column, labels: 'from data', separator })}`,
        ];
  return [...left, ...several, entry('target', { column, classes: classes ?? 'from data' })];
}

/** The formats of the dates that are read. */
function datesLines(columns: readonly ProposedColumn[]): string[] {
  const formats = columns.flatMap(({ name, kind, role, dateFormats: [format] }) =>
    role !== 'ignored' && (kind === 'date' || kind === 'time') && format !== undefined
      ? [`  ${entry(name, format)}`]
      : [],
  );
  return formats.length === 0
    ? []
    : ['# how dates are written in files; those such as 2024-05-31 are read as well', 'dates:', ...formats];
}

const roleLine = (key: string, column: ProposedColumn | undefined, meaning: string): string =>
  column ? commented(entry(key, column.name), meaning) : `# ${key}: COLUMN # ${meaning}`;

const seen = ({ range, missing, rows, kind }: ProposedColumn): string => {
  const share = (100 * missing) / rows;
  const gaps = missing === 0 ? '' : `, ${share < 1 ? 'under 1' : Math.round(share)} % missing`;
  return `${kind === 'integer' ? 'whole, ' : ''}${range}${gaps}`;
};

/** The model file of a proposal. */
export function modelYaml(name: string, { engine, kind }: Proposal): string {
  const others =
    kind === 'text'
      ? 'or encoder, after npx epochlog encoder fetch'
      : engine === 'trees'
        ? 'or linear'
        : 'or trees, with more rows';
  return lines([
    '# How it is trained: npx epochlog model declare model.yaml. Engines and their parameters: docs/engines.md',
    entry('model', name),
    entry('task', name),
    commented(entry('engine', engine), others),
    commented(
      'parameters: {}',
      engine === 'trees' ? 'such as { maxRounds: 200, learningRate: 0.05 }' : 'such as { c: 1 }',
    ),
    '# for people; it stands on the model card of each version',
    "owner: ''",
    "description: ''",
    "intendedUse: ''",
    "limits: ''",
    "licence: ''",
  ]);
}

const lines = (all: readonly string[]): string => `${all.filter(Boolean).join('\n')}\n`;
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
const commented = (line: string, comment: string): string =>
  comment === '' ? line : `${line} # ${oneLine(comment)}`;

/** A key with a value on one line, quoted where YAML needs it. */
const entry = (key: string, value: unknown): string => `${scalar(key)}: ${scalar(value)}`;

function scalar(value: unknown): string {
  const text = stringify(value, {
    lineWidth: 0,
    collectionStyle: 'flow',
    defaultStringType: 'PLAIN',
  }).trimEnd();
  return text.includes('\n') ? JSON.stringify(value) : text;
}
