import { hash } from 'node:crypto';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { Field, Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { validInstance } from '../../ml/instance/validate.ts';
import type { CsvType } from '../../ml/records/csv.ts';
import { type CleaningStep, cleanedText, stepsIn } from '../../ml/text/clean.ts';
import { wordCount } from '../../ml/text/count.ts';
import { detectLanguage } from '../../ml/text/language.ts';
import type { Fault, Prepared, ReadRecord, Task, TaskRecord } from '../task.ts';
import { checkDates, ISO_TIME, withIsoDates } from './dates.ts';
import { expectationsOf } from './expectations.ts';
import { groupColumn, groupIn, groupsOfFile } from './group.ts';
import { parseRule, type Rule } from './rules.ts';
import { type Column, type TaskFile, taskFile } from './schema.ts';
import { targetFault, targetIn, targetOf } from './target.ts';
import { textIn, Unreadable } from './unreadable.ts';

const MAX_ID = 200;
/** characters of one column of text */
const MAX_TEXT = 100_000;

/**
 * The task that a YAML file declares. The version is a digest of the file.
 *
 * @param name of the file, for errors
 * @throws EpochlogError INPUT_INVALID, naming the line and the key
 */
export function declaredTask(name: string, text: string): Task {
  const file = parseDeclaration(name, text, taskFile);
  const inputs = inputsOf(file);
  checkRoles(name, file, inputs);
  const types = columnTypes(file, inputs);
  const dates = new Set(
    Object.entries(inputs).flatMap(([column, { type }]) => (type === 'date' ? [column] : [])),
  );
  if (file.time !== undefined) dates.add(file.time);
  checkDates(name, file, dates);
  const rules = file.rules.map((rule) => parseRule(rule, new Set(Object.keys(types)), dates));
  const schema: InstanceSchema = {
    fields: inputs,
    ...(file.kind === 'text' && { minimumWords: file.minimumWords }),
  };
  return {
    name: file.task,
    version: hash('sha256', text).slice(0, 12),
    description: file.description,
    schema,
    target: targetOf(file),
    columns: { types, required: requiredColumns(file, inputs), ignored: file.ignore, missing: file.missing },
    storedColumns: Object.keys(types),
    read: (row) => read(row, file, schema, rules),
    clean: file.kind === 'text' ? (instance) => cleaned(instance).instance : (instance) => instance,
    prepare: (record) => prepare(record, file),
    duplicateKeys: ({ instance }) => file.duplicates.map((columns) => keyOf(columns, instance)),
    ...nearDuplicatesOf(file),
    ...groupsOfFile(file),
    expectations: expectationsOf(name, file.expectations, inputs, file.target.column),
  };
}

function nearDuplicatesOf(file: TaskFile): Pick<Task, 'nearDuplicates'> {
  if (file.kind !== 'text' || !file.nearDuplicates) return {};
  const { similarity, window = null } = file.nearDuplicates;
  if (window !== null && file.time === undefined)
    throw new EpochlogError(
      'INPUT_INVALID',
      `${file.task}: nearDuplicates.window needs 'time', the column that says when a record was`,
    );
  return { nearDuplicates: { similarity, window, fields: file.text } };
}

/** The columns that a model is asked about. */
function inputsOf(file: TaskFile): Record<string, Field> {
  if (file.kind === 'text') {
    return Object.fromEntries(file.text.map((column) => [column, { type: 'text', maxLength: MAX_TEXT }]));
  }
  return Object.fromEntries(Object.entries(file.columns).map(([name, column]) => [name, fieldOf(column)]));
}

function fieldOf({ type, required, unit, minimum, maximum, values, description }: Column): Field {
  const common = { required, ...(description !== undefined && { description }) };
  if (type === 'number') {
    return {
      type,
      ...common,
      ...(unit !== undefined && { unit }),
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
    };
  }
  if (type === 'category') return { type, ...common, ...(values && { values }) };
  return type === 'text' ? { type, ...common, maxLength: MAX_TEXT } : { type, ...common };
}

/** The columns that say something of a record beside its inputs. */
const rolesOf = ({ id, time, group, target }: TaskFile) =>
  Object.entries({ id, time, group: groupColumn({ group }), target: target.column }).flatMap(
    ([role, column]) => (column === undefined ? [] : [{ role, column }]),
  );

function columnTypes(file: TaskFile, inputs: Readonly<Record<string, Field>>): Record<string, CsvType> {
  const roles = rolesOf(file).map(({ column }): [string, CsvType] => [column, 'text']);
  const fields = Object.entries(inputs).map(([name, { type }]): [string, CsvType] => [
    name,
    type === 'number' || type === 'boolean' ? type : 'text',
  ]);
  const target: [string, CsvType] = [file.target.column, 'type' in file.target ? 'number' : 'text'];
  return Object.fromEntries([...roles, ...fields, target]);
}

const requiredColumns = (file: TaskFile, inputs: Readonly<Record<string, Field>>): string[] => [
  ...new Set([
    ...rolesOf(file).flatMap(({ role, column }) => (role === 'id' || role === 'time' ? [column] : [])),
    ...Object.entries(inputs).flatMap(([name, { required }]) => (required ? [name] : [])),
  ]),
];

function checkRoles(name: string, file: TaskFile, inputs: Readonly<Record<string, Field>>): void {
  const refuse = (reason: string) => new EpochlogError('INPUT_INVALID', `${name}: ${reason}`);
  const { column } = file.target;
  if (Object.hasOwn(inputs, column)) throw refuse(`the target, ${column}, cannot be an input too`);
  const inputNames = Object.keys(inputs);
  if (inputNames.length === 0) throw refuse('columns: a task needs at least one input');
  const ignoredInput = file.ignore.find((ignored) => Object.hasOwn(inputs, ignored));
  if (ignoredInput !== undefined) throw refuse(`ignore: ${ignoredInput} is an input`);
  for (const key of file.duplicates.flat()) {
    if (Object.hasOwn(inputs, key)) continue;
    const meant = nearest(key, inputNames);
    throw refuse(`duplicates: ${key} is no input${meant === undefined ? '' : `, did you mean ${meant}?`}`);
  }
}

function read(
  written: Readonly<Record<string, unknown>>,
  file: TaskFile,
  schema: InstanceSchema,
  rules: readonly Rule[],
): ReadRecord {
  let id: string | undefined;
  let time: string | undefined;
  try {
    id = idOf(written, file);
    const row = withIsoDates(written, file);
    time = timeOf(row, file);
    const record = recordOf(row, id, time, file, schema);
    const broken = rules.find((rule) => !rule.holds(row as Instance));
    if (broken) throw new Unreadable('rule', `breaks the rule ${broken.text}`);
    return { record };
  } catch (error) {
    const isOfField = error instanceof InvalidInput && error.code === 'instance';
    if (!isOfField && !(error instanceof Unreadable)) throw error;
    const code = isOfField ? 'invalid_field' : error.code;
    return {
      fault: {
        code,
        reason: error.message,
        ...(id !== undefined && { id }),
        ...(time !== undefined && { time }),
      },
    };
  }
}

function recordOf(
  row: Readonly<Record<string, unknown>>,
  id: string,
  time: string | undefined,
  file: TaskFile,
  schema: InstanceSchema,
): TaskRecord {
  const { target, ignore } = file;
  const beside = new Set([...rolesOf(file).map(({ column }) => column), ...ignore]);
  const inputs = Object.fromEntries(
    Object.entries(row).filter(([name]) => Object.hasOwn(schema.fields, name) || !beside.has(name)),
  );
  return {
    id,
    time: time ?? null,
    group: groupIn(row, file),
    instance: validInstance(schema, inputs),
    target: targetIn(row, target),
    otherLabels: [],
  };
}

function idOf(row: Readonly<Record<string, unknown>>, { id, ignore }: TaskFile): string {
  if (id === undefined) {
    const read = Object.entries(row).filter(([name, value]) => value !== null && !ignore.includes(name));
    return hash('sha256', JSON.stringify(read.sort())).slice(0, 32); // the same for a row of CSV and a line of JSON
  }
  const text = textIn(row, id);
  if (text === null) throw new Unreadable('missing_field', `${id} is missing`);
  if (text.length <= MAX_ID && /^\S(.*\S)?$/.test(text)) return text;
  throw new Unreadable('bad_id', `${id} must be 1 to ${MAX_ID} characters, without space around`);
}

function timeOf(row: Readonly<Record<string, unknown>>, { time }: TaskFile): string | undefined {
  if (time === undefined) return undefined;
  const text = textIn(row, time);
  if (text === null) throw new Unreadable('missing_field', `${time} is missing`);
  if (ISO_TIME.test(text) && !Number.isNaN(Date.parse(text))) return text.replace(' ', 'T');
  throw new Unreadable(
    'bad_date',
    `${time} must be a date such as 2024-05-31 or a time such as 2024-05-31T12:00:00Z`,
  );
}

/** A record that may be learnt from: texts cleaned, with a target that the task knows. */
function prepare(record: TaskRecord, file: TaskFile): Prepared {
  const { instance, cleaning } =
    file.kind === 'text' ? cleaned(record.instance) : { instance: record.instance, cleaning: [] };
  const { target } = record;
  const obstacle =
    targetFault(target, file.target) ?? (file.kind === 'text' ? textFault(instance, file) : undefined);
  if (obstacle || target === null) return { rejection: obstacle ?? NO_TARGET };
  return { sample: { ...record, instance, target, cleaning } };
}

const NO_TARGET: Fault = { code: 'no_target', reason: 'the target is not known' };

function textFault(
  instance: Instance,
  { minimumWords, language }: TaskFile & { kind: 'text' },
): Fault | undefined {
  const text = Object.values(instance).join('\n');
  const words = wordCount(text);
  if (words === 0) return { code: 'empty_text', reason: 'no text has a word' };
  if (words < minimumWords)
    return { code: 'too_short', reason: `${words} words, ${minimumWords} are needed` };
  if (language === undefined) return undefined;
  const detected = detectLanguage(text).language;
  if (detected === language) return undefined;
  return {
    code: 'other_language',
    reason: detected ? `the text seems to be '${detected}'` : 'no language is recognised',
  };
}

function cleaned(instance: Instance): { instance: Instance; cleaning: CleaningStep[] } {
  const steps: CleaningStep[] = [];
  const texts = Object.entries(instance).map(([name, value]) => {
    if (typeof value !== 'string') return [name, value] as const;
    const { text, steps: own } = cleanedText(value);
    steps.push(...own);
    return [name, text] as const;
  });
  return { instance: Object.fromEntries(texts), cleaning: stepsIn(steps) };
}

function keyOf(columns: readonly string[], instance: Instance): { match: string; key: string } {
  return { match: columns.join('+'), key: JSON.stringify(columns.map((column) => instance[column] ?? null)) };
}
