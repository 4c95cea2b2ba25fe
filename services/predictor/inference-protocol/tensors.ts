import { EpochlogError } from '../../../kernel/errors.ts';
import { didYouMean } from '../../../kernel/nearest.ts';
import type { Field, FieldValue, Instance, InstanceSchema } from '../../../ml/instance/schema.ts';
import type { LearningProblem } from '../../../ml/problem.ts';

/** A tensor as the Open Inference Protocol writes it in JSON. */
export interface NamedTensor<Data = unknown> {
  name: string;
  shape: readonly number[];
  datatype: string;
  data: readonly Data[];
}

/** A tensor that a model takes or gives; -1 stands for the number of instances. */
export interface TensorMetadata {
  name: string;
  datatype: string;
  shape: readonly number[];
  parameters?: Readonly<Record<string, unknown>>;
}

export const MAX_INSTANCES = 512;

/** The datatype in which a field is documented, and those that are taken for it. */
const DATATYPES: Readonly<Record<Field['type'], readonly [documented: string, ...others: string[]]>> = {
  text: ['BYTES'],
  category: ['BYTES'],
  date: ['BYTES'],
  boolean: ['BOOL'],
  number: [
    ...(['FP64', 'FP32', 'FP16', 'INT64', 'INT32', 'INT16', 'INT8'] as const),
    ...['UINT64', 'UINT32', 'UINT16', 'UINT8'],
  ],
};

/** One input for each field of the instance. */
export const inputsOf = ({ fields }: InstanceSchema): TensorMetadata[] =>
  Object.entries(fields).map(([name, { type }]) => ({ name, datatype: DATATYPES[type][0], shape: [-1] }));

/** The label and the probabilities of all labels, or the number; and the id by which an outcome is reported. */
export function outputsOf(task: LearningProblem): TensorMetadata[] {
  const requestId = { name: 'request_id', datatype: 'BYTES', shape: [-1] };
  if (task.type === 'regression') return [{ name: 'value', datatype: 'FP64', shape: [-1] }, requestId];
  const { labels } = task;
  return [
    { name: 'label', datatype: 'BYTES', shape: [-1] },
    { name: 'probabilities', datatype: 'FP64', shape: [-1, labels.length], parameters: { labels } },
    requestId,
  ];
}

/**
 * The instances in a request: each input holds one value of each of them. A field without an input, or with null, is missing.
 * INPUT_INVALID, naming the input that is wrong.
 */
export function instancesIn(inputs: readonly NamedTensor[], { fields }: InstanceSchema): Instance[] {
  const names = Object.keys(fields);
  const columns = new Map<string, readonly FieldValue[]>();
  for (const input of inputs) {
    const { name } = input;
    if (!Object.hasOwn(fields, name))
      throw invalid(`there is no input '${name}'${didYouMean(name, names)}; there are ${names.join(', ')}`);
    if (columns.has(name)) throw invalid(`there are two inputs '${name}'`);
    columns.set(name, columnOf(input, fields[name]!.type));
  }
  const [first, ...others] = [...columns].map(([name, { length }]) => ({ name, length }));
  if (!first) throw invalid('there is no input');
  const different = others.find(({ length }) => length !== first.length);
  if (different)
    throw invalid(
      `${first.name} is of ${first.length} instances, and ${different.name} of ${different.length}: give one value for each`,
    );
  if (first.length > MAX_INSTANCES)
    throw invalid(`there are ${first.length} instances: send at most ${MAX_INSTANCES} at once`);
  return Array.from({ length: first.length }, (_, row) =>
    Object.fromEntries([...columns].map(([name, values]) => [name, values[row]!])),
  );
}

function columnOf({ name, shape, datatype, data }: NamedTensor, type: Field['type']): FieldValue[] {
  const known = DATATYPES[type];
  if (!known.includes(datatype))
    throw invalid(`the input ${name} is of datatype ${known.slice(0, 2).join(' or ')}, not ${datatype}`);
  const [rows = 0, ...rest] = shape;
  if (rows < 1 || rest.length > 1 || rest.some((size) => size !== 1))
    throw invalid(`the input ${name} has the shape [${shape.join(', ')}]: it must be [n], or [n, 1]`);
  const values = data.flat() as FieldValue[]; // what else they are the schema of the instance says
  if (values.length !== rows)
    throw invalid(`the input ${name} has ${values.length} values, and its shape says ${rows}`);
  return values;
}

/** What is answered for one instance. */
export interface Answered {
  requestId: string;
  prediction: { label: string | null; value: number | null; scores: Readonly<Record<string, number>> };
}

/** The outputs of a request; those that it names, if it names any. INPUT_INVALID for one that there is not. */
export function outputsFor(
  answers: readonly Answered[],
  task: LearningProblem,
  wanted: readonly { name: string }[] = [],
): NamedTensor<string | number>[] {
  const all = outputsOf(task);
  const names = all.map(({ name }) => name);
  for (const { name } of wanted)
    if (!names.includes(name))
      throw invalid(`there is no output '${name}'${didYouMean(name, names)}; there are ${names.join(', ')}`);
  const asked = wanted.length === 0 ? all : all.filter(({ name }) => wanted.some((one) => one.name === name));
  return asked.map(({ name, datatype, shape: [, ...rest] }) => ({
    name,
    datatype,
    shape: [answers.length, ...rest],
    data: answers.flatMap((answer) => valuesOf(name, answer, task)),
  }));
}

function valuesOf(
  name: string,
  { requestId, prediction }: Answered,
  task: LearningProblem,
): (string | number)[] {
  if (name === 'request_id') return [requestId];
  if (name === 'probabilities' && task.type !== 'regression')
    return task.labels.map((label) => prediction.scores[label]!);
  return [prediction.value ?? prediction.label!];
}

const invalid = (message: string): EpochlogError => new EpochlogError('INPUT_INVALID', message);
