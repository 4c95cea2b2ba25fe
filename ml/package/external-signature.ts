import { z } from 'zod';
import { datePart } from '../adapters/tabular.ts';

export const EXTERNAL_SIGNATURE_FILE = 'signature.yaml';

const name = z.string().min(1).max(200);
const words = z.string().max(1_000).default('');

const settings = z
  .strictObject({
    column: name.optional(),
    text: z.array(name).min(1).optional(),
    separator: z.string().max(100).optional(),
    codes: z.union([z.array(z.string()).min(1), z.record(z.string(), z.number())]).optional(),
    unknown: z.number().optional(),
    oneHot: z.array(z.string()).min(1).optional(),
    part: datePart.optional(),
    missing: z.union([z.number(), z.string()]).optional(),
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((given.column === undefined) === (given.text === undefined)) {
      refuse('column', 'or text must be given, one of the two');
    }
    const kinds = (['text', 'codes', 'oneHot', 'part'] as const).filter((key) => given[key] !== undefined);
    if (kinds.length > 1) refuse(kinds[1]!, `cannot be with ${kinds[0]}`);
    if (given.separator !== undefined && given.text === undefined) refuse('separator', 'is for text');
    if (given.unknown !== undefined && given.codes === undefined) refuse('unknown', 'is for codes');
    const isNumeric = given.codes !== undefined || given.part !== undefined;
    if (isNumeric && typeof given.missing === 'string') refuse('missing', 'must be a number');
    if (given.missing !== undefined && (given.oneHot ?? given.text)) {
      refuse('missing', 'is not for text and oneHot');
    }
  });

/** A field of the instance as one or more elements of an input. */
export type ExternalColumn = z.infer<typeof settings>;

/** A name alone is the field as it is. */
const column = z.union([name.transform((column): ExternalColumn => ({ column })), settings]);

/** A number for each class: in the order of `classes`, or by name. */
const scores = z.union([z.array(z.number()).min(1), z.record(z.string(), z.number())]);

const instance = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const example = z.union([
  z.strictObject({ instance: instance, probabilities: scores }),
  z.strictObject({ instance: instance, value: z.number() }),
]);

const parameter = z.union([z.string(), z.number(), z.boolean()]);

/** What `signature.yaml` says of a model that was trained elsewhere. */
export const externalSignature = z.strictObject({
  task: name,
  /** the file of the graph, in the same folder */
  model: z
    .string()
    .regex(/^[\w.-]+\.onnx$/, 'must be the name of a file of this folder that ends with .onnx')
    .default('model.onnx'),
  adapter: z.string().default('columns'),
  /** by the name of the graph's input: one column, or several in their order */
  inputs: z
    .record(name, z.union([column, z.array(column).min(1).max(10_000)]))
    .refine((inputs) => Object.keys(inputs).length > 0, 'needs an input'),
  /** names of the graph's outputs */
  outputs: z.strictObject({ probabilities: name.optional(), label: name.optional(), value: name.optional() }),
  /** in the order of the probabilities */
  classes: z.array(z.string().min(1)).min(2).optional(),
  /** of two classes the probability from which on the second is the answer; of several labels that of each */
  threshold: z.number().gt(0).lt(1).optional(),
  examples: z.array(example).min(1, 'needs an example').max(100),
  /** how far a score may be from that of its example: absolute, or relative to values above 1 */
  tolerance: z.number().positive().max(0.1, 'is above 0.1: such examples prove nothing').default(1e-4),
  /** the sealed dataset whose training split it was trained on */
  dataset: name.optional(),
  trainedOn: words,
  trainer: z.string().min(1).max(200).default('elsewhere'),
  parameters: z.record(name, parameter).default({}),
  metrics: z.record(name, z.number()).default({}),
  libraries: z.record(name, z.string().max(200)).default({}),
  description: words,
  limits: words,
});

export type ExternalSignature = z.infer<typeof externalSignature>;
