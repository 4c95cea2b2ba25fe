import { didYouMean } from '../../kernel/nearest.ts';
import type { FittedAdapter, Tensor } from '../adapters/adapter.ts';
import {
  type ElementType,
  faultOfColumn,
  fittedColumns,
  type InputColumn,
  type InputOfColumns,
  widthOf,
} from '../adapters/columns.ts';
import { adapterNamed } from '../adapters.ts';
import { InvalidInput, InvalidPackage } from '../errors.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { describeTensor, type GraphTensor, type GraphTypes } from '../onnx/graph-types.ts';
import { ELEMENT_TYPE } from '../onnx/model-proto.ts';
import { type LearningProblem, labelsOf, nearestNumber, scoresOf as scoresIn } from '../problem.ts';
import { assertScores, type ExamplePair } from './examples.ts';
import { type ExternalModel, externalFiles } from './external-files.ts';
import {
  EXTERNAL_SIGNATURE_FILE,
  type ExternalColumn,
  type ExternalSignature,
} from './external-signature.ts';
import { openPackage } from './open.ts';
import type { Signature } from './signature.ts';
import { readGraph } from './validate.ts';

type Run = (inputs: Record<string, Tensor>) => Promise<Readonly<Record<string, Tensor>>>;

/**
 * The files of the package of a model that was trained elsewhere, once its graph gives the scores of its examples.
 *
 * @param run lets the graph compute
 * @throws InvalidPackage, InvalidInput: what does not agree, what was expected and what was found
 */
export async function packExternal(model: ExternalModel, run: Run): Promise<Map<string, Uint8Array>> {
  const task = taskOf(model, readGraph(model.onnx));
  const declared = examplesOf(model.signature, task);
  const { scores, files } = await computed(model, task, declared, run);
  const labels = labelsOf(task);
  const nameOf = (score: number) => (labels ? `'${labels[score]}'` : 'the number');
  assertScores(declared, scores, nameOf, model.signature);
  return files;
}

/**
 * The same for a model without examples of its own: those of the package are what its graph gives for these instances, so that
 * it is known to answer the same wherever it is loaded.
 *
 * @param run lets the graph compute
 * @throws InvalidPackage, InvalidInput: what does not agree, what was expected and what was found
 */
export async function packComputed(
  model: ExternalModel,
  instances: readonly ExamplePair['instance'][],
  run: Run,
): Promise<Map<string, Uint8Array>> {
  const task = taskOf(model, readGraph(model.onnx));
  const count = scoresIn(task);
  const pairs = instances.map((instance) => ({ instance, scores: Array.from({ length: count }, () => 0) }));
  return (await computed(model, task, pairs, run)).files;
}

/** The scores of these instances, and the files of the package with them as examples. */
async function computed(
  model: ExternalModel,
  task: LearningProblem,
  pairs: readonly ExamplePair[],
  run: Run,
): Promise<{ scores: DenseMatrix; files: Map<string, Uint8Array> }> {
  const { signature } = model;
  const graph = readGraph(model.onnx);
  const adapter = adapterOf(model, graph);
  const outputs = outputsOf(signature, graph, scoresIn(task));
  const opened = openPackage(externalFiles(model, { task, adapter, outputs, examples: pairs }));
  const instances = pairs.map(({ instance }, at) => {
    try {
      return opened.clean(opened.validate(instance));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      throw mismatch(`example ${at + 1}: ${error.message}`);
    }
  });
  const scores = opened.scoresOf(await run(opened.inputsOf(instances)));
  if (task.type !== 'regression') assertProbabilities(scores, task, signature.outputs.probabilities!);
  const examples = pairs.map(({ instance }, row) => ({
    instance,
    scores: [...scores.values.subarray(row * scores.columns, (row + 1) * scores.columns)],
  }));
  return { scores, files: externalFiles(model, { task, adapter, outputs, examples }) };
}

/** The task with its classes in the order of the graph. */
function taskOf({ signature, task }: ExternalModel, graph: GraphTypes): LearningProblem {
  const { classes, outputs } = signature;
  if (signature.task !== task.name)
    throw mismatch(`task is ${signature.task}, but the model is of ${task.name}`);
  if (task.type === 'regression') {
    if (classes) throw mismatch(`classes are given, but the target of ${task.name} is a number`);
    if (signature.threshold !== undefined)
      throw mismatch(`threshold is given, but the target of ${task.name} is a number`);
    if (outputs.value === undefined)
      throw mismatch('outputs.value is missing: the output that holds the number');
    return task;
  }
  if (outputs.probabilities === undefined) {
    throw mismatch(
      'outputs.probabilities is missing: a classifier is served by the probabilities of its classes, a label alone is not enough',
    );
  }
  const labels = classes ?? task.labels;
  if (!labels) throw mismatch('classes is missing: their order in the output of probabilities');
  const known = task.labels ?? labels;
  const stray = labels.find((label) => !known.includes(label));
  if (stray !== undefined) {
    throw mismatch(
      `class '${stray}' is none of ${task.name}${didYouMean(stray, known)}; there are ${known.join(', ')}`,
    );
  }
  const lacking = known.filter((label) => !labels.includes(label));
  if (lacking.length > 0 || new Set(labels).size < labels.length) {
    throw mismatch(
      `classes must be those of ${task.name}, each once: ${known.join(', ')}; found ${labels.join(', ')}`,
    );
  }
  const own = graph.classes.filter(({ length }) => length === labels.length);
  if (own.length > 0 && !own.some((names) => names.every((label, at) => label === labels[at]))) {
    throw mismatch(
      `classes: expected ${labels.join(', ')}, but the graph has them as ${own.at(-1)!.join(', ')}`,
    );
  }
  const { threshold } = signature;
  if (threshold !== undefined && task.type === 'classification' && labels.length > 2)
    throw mismatch(`threshold is for two classes, and there are ${labels.length}: leave it out`);
  return {
    ...{ name: task.name, type: task.type, labels: [...labels] },
    ...(threshold !== undefined && { threshold }),
  };
}

function adapterOf({ signature, schema }: ExternalModel, graph: GraphTypes): FittedAdapter {
  adapterNamed(signature.adapter);
  if (signature.adapter !== 'columns') {
    throw new InvalidInput(
      'adapter',
      `the adapter ${signature.adapter} is for engines; a model from elsewhere has the adapter columns`,
    );
  }
  const names = Object.keys(signature.inputs);
  for (const { name } of graph.inputs) {
    if (!names.includes(name))
      throw mismatch(`inputs: the graph also takes "${name}": say which columns it holds`);
  }
  return fittedColumns(names.map((name) => inputOf(name, signature.inputs[name]!, graph, schema)));
}

function inputOf(
  name: string,
  given: ExternalColumn | ExternalColumn[],
  graph: GraphTypes,
  { fields }: InstanceSchema,
): InputOfColumns {
  const tensor = tensorNamed(name, graph.inputs, 'takes');
  const where = `inputs: the graph takes "${name}" as ${describeTensor(tensor)}`;
  const type = elementTypeOf(tensor);
  if (!type) throw mismatch(`${where}; supported are float, double, int64 and string`);
  const columns = [given].flat().map(toColumn);
  const width = widthOf({ columns });
  const { shape = ['batch', width] } = tensor;
  if (typeof shape[0] === 'number') {
    throw mismatch(`${where}, so always ${shape[0]} at once: export it with a batch axis that varies`);
  }
  const expected = shape.length === 1 ? 1 : shape[1];
  if (shape.length < 1 || shape.length > 2 || (typeof expected === 'number' && expected !== width)) {
    throw mismatch(`${where}, but its columns here make [batch, ${width}]`);
  }
  for (const column of columns) {
    const fault = faultOfColumn(column, type, fields);
    if (fault) throw mismatch(`inputs.${name}: ${fault}`);
  }
  return { name, type, rank: shape.length === 1 ? 1 : 2, columns };
}

function toColumn({ column: field = '', ...given }: ExternalColumn): InputColumn {
  const { text, separator = ' ', codes, unknown = -1, oneHot, part, missing } = given;
  if (text) return { kind: 'text', fields: text, separator };
  if (oneHot) return { kind: 'oneHot', field, values: oneHot };
  const otherwise = typeof missing === 'number' ? { missing } : {};
  if (part) return { kind: 'date', field, part, ...otherwise };
  if (codes) {
    const byName = Array.isArray(codes) ? Object.fromEntries(codes.map((code, at) => [code, at])) : codes;
    return { kind: 'code', field, codes: byName, unknown, ...otherwise };
  }
  return { kind: 'value', field, ...(missing !== undefined && { missing }) };
}

const ELEMENT_TYPES: readonly ElementType[] = ['float', 'double', 'int64', 'string'];

const elementTypeOf = ({ elementType }: GraphTensor): ElementType | undefined =>
  ELEMENT_TYPES.find((type) => ELEMENT_TYPE[type] === elementType);

function tensorNamed(name: string, tensors: readonly GraphTensor[], verb: string): GraphTensor {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  const names = tensors.map((tensor) => tensor.name);
  throw mismatch(`the graph ${verb} no "${name}"${didYouMean(name, names)}; it ${verb} ${names.join(', ')}`);
}

/** The scores first; an output that is no tensor would make every run fail. */
function outputsOf({ outputs }: ExternalSignature, graph: GraphTypes, columns: number): Signature['outputs'] {
  const scores = outputs.probabilities ?? outputs.value!;
  const names = [scores, ...(outputs.label === undefined ? [] : [outputs.label])];
  for (const tensor of graph.outputs) {
    if (elementTypeOf(tensor)) continue;
    throw mismatch(
      `outputs: the graph gives "${tensor.name}" as ${describeTensor(tensor)}: ` +
        (tensor.elementType === undefined
          ? "for scikit-learn convert it with options={'zipmap': False}"
          : 'remove that output; supported are float, double, int64 and string'),
    );
  }
  return names.map((name) => {
    const tensor = tensorNamed(name, graph.outputs, 'gives');
    const { shape = ['batch', columns] } = tensor;
    const size = shape.length === 1 ? 1 : shape[1];
    const fits = shape.length <= 2 && (typeof size !== 'number' || size === columns);
    if (name === scores && (elementTypeOf(tensor) !== 'float' || !fits)) {
      throw mismatch(
        `outputs: "${name}" must be float [batch, ${columns}], but the graph gives ${describeTensor(tensor)}`,
      );
    }
    return { name, type: elementTypeOf(tensor)!, shape: shape.map((size) => (size === '' ? 'batch' : size)) };
  });
}

/** The example pairs with their scores in the order of the classes. */
function examplesOf({ examples }: ExternalSignature, task: LearningProblem): ExamplePair[] {
  return examples.map((example, at) => ({
    instance: example.instance,
    scores: scoresOf(example, task, `example ${at + 1}`),
  }));
}

function scoresOf(
  example: ExternalSignature['examples'][number],
  task: LearningProblem,
  where: string,
): number[] {
  if (task.type === 'regression') {
    if ('value' in example) return [nearestNumber(task, example.value)];
    throw mismatch(`${where} has probabilities, but the target of ${task.name} is a number: give its value`);
  }
  const { labels } = task;
  if (!('probabilities' in example))
    throw mismatch(`${where} needs the probabilities of ${labels.join(', ')}`);
  const given = example.probabilities;
  const scores = Array.isArray(given) ? given : labels.flatMap((label) => given[label] ?? []);
  if (scores.length === labels.length && Object.keys(given).length === labels.length) return scores;
  const found = Array.isArray(given) ? `${given.length} numbers` : Object.keys(given).join(', ');
  throw mismatch(`${where}: expected a probability for each of ${labels.join(', ')}, found ${found}`);
}

function assertProbabilities(
  { rows, columns, values }: DenseMatrix,
  { type }: LearningProblem,
  output: string,
): void {
  for (let row = 0; row < rows; row++) {
    const own = [...values.subarray(row * columns, (row + 1) * columns)];
    const sum = own.reduce((total, value) => total + value, 0);
    const isSum = type === 'multilabel' || Math.abs(sum - 1) < 1e-3;
    if (own.every((value) => value >= 0 && value <= 1 + 1e-3) && isSum) continue;
    throw mismatch(
      `outputs: "${output}" gives [${own.map((value) => value.toPrecision(4)).join(', ')}] for example ${row + 1}, ` +
        `which are no probabilities: they must be from 0 to 1${type === 'multilabel' ? ' (end the graph with a sigmoid)' : ' and add up to 1 (end the graph with a softmax)'}`,
    );
  }
}

const mismatch = (reason: string) => new InvalidPackage('mismatched', EXTERNAL_SIGNATURE_FILE, reason);
