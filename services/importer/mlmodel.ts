import { z } from 'zod';
import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { describeTensor, type GraphTensor, type GraphTypes } from '../../ml/onnx/graph-types.ts';
import { ELEMENT_TYPE } from '../../ml/onnx/model-proto.ts';
import type { ExternalSignature } from '../../ml/package/external-signature.ts';

/** MLflow's file that says what a model is. */
export const MLMODEL = 'MLmodel';

/** What is read of it. */
export const mlmodelSchema = z.object({
  flavors: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  signature: z.object({ inputs: z.string().nullish() }).nullish(),
});
export type Mlmodel = z.infer<typeof mlmodelSchema>;

const columns = z.array(z.object({ name: z.string().optional() }));

/** The file of the graph, beside `MLmodel`. @throws InvalidPackage */
export function graphFileOf({ flavors }: Mlmodel): string {
  const data = flavors.onnx?.data;
  if (typeof data === 'string' && /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/.test(data)) return data;
  const found = Object.keys(flavors).join(', ') || 'none';
  throw fault(`it has no flavour onnx (found ${found}): log the model with mlflow.onnx.log_model`);
}

/** Inputs and outputs of the graph, by the names of the columns in the signature of the model. @throws InvalidPackage */
export function signatureOf(
  { signature }: Mlmodel,
  graph: GraphTypes,
  { fields }: InstanceSchema,
  isRegression: boolean,
): Pick<ExternalSignature, 'inputs' | 'outputs'> {
  return {
    inputs: inputsOf(namesIn(signature?.inputs), graph, Object.keys(fields)),
    outputs: outputsOf(graph, isRegression),
  };
}

function namesIn(inputs: string | null | undefined): string[] {
  if (typeof inputs !== 'string') return [];
  try {
    return columns.parse(JSON.parse(inputs)).flatMap(({ name }) => name ?? []);
  } catch {
    throw fault('its signature cannot be read');
  }
}

function inputsOf(
  names: readonly string[],
  graph: GraphTypes,
  known: readonly string[],
): ExternalSignature['inputs'] {
  const asColumns = graph.inputs.map(({ name }) => name);
  if (asColumns.every((name) => known.includes(name)))
    return Object.fromEntries(asColumns.map((name) => [name, { column: name }]));
  const [only, ...others] = graph.inputs;
  const advice =
    'name the columns of the task in the signature (infer_signature of a DataFrame), or log a signature.yaml beside the graph (docs/bring-your-own-model.md)';
  if (!only || others.length > 0) {
    const stray = asColumns.find((name) => !known.includes(name)) ?? '';
    throw fault(
      `the graph takes "${stray}", which is no column of the task${didYouMean(stray, known)}: ${advice}`,
    );
  }
  if (names.length === 0)
    throw fault(
      `the graph takes "${only.name}" as ${describeTensor(only)}, and its signature names no columns: ${advice}`,
    );
  const stray = names.find((name) => !known.includes(name));
  if (stray !== undefined)
    throw fault(
      `its signature names "${stray}", which is no column of the task${didYouMean(stray, known)}: ${advice}`,
    );
  return { [only.name]: names.map((column) => ({ column })) };
}

function outputsOf({ outputs }: GraphTypes, isRegression: boolean): ExternalSignature['outputs'] {
  const scores = outputs.filter(({ elementType }) => elementType === ELEMENT_TYPE.float);
  const named = (name: RegExp) => scores.find((output) => name.test(output.name));
  const chosen: GraphTensor | undefined = isRegression
    ? scores[0]
    : (named(/prob/i) ?? (scores.length === 1 ? scores[0] : undefined));
  if (!chosen) {
    const found = outputs.map((output) => `"${output.name}" (${describeTensor(output)})`).join(', ');
    throw fault(
      `the graph gives ${found}, and ${isRegression ? 'no number' : 'no probabilities'} as float: convert scikit-learn with options={'zipmap': False}`,
    );
  }
  return isRegression ? { value: chosen.name } : { probabilities: chosen.name };
}

const fault = (reason: string) => new InvalidPackage('mismatched', MLMODEL, reason);
