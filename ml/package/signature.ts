import { z } from 'zod';
import { instanceSchema } from '../instance/schema.ts';
import { problemSchema } from '../problem.ts';

export const SIGNATURE_FILE = 'signature.json';

const tensor = z.strictObject({
  name: z.string(),
  type: z.enum(['float', 'uint8', 'int64', 'string', 'double']),
  /** a size, or the name of one that varies */
  shape: z.array(z.union([z.int().nonnegative(), z.string()])),
});

/** What a model takes and gives, and how an instance becomes what it takes. */
export const signatureSchema = z.strictObject({
  format: z.literal('epochlog-package-2'),
  task: problemSchema,
  instance: instanceSchema,
  /** by its name in ml/adapters, with its settings and the file of what it learnt */
  adapter: z.looseObject({ name: z.string(), file: z.string() }),
  inputs: z.array(tensor).min(1),
  outputs: z.array(tensor).min(1),
  /** the output that holds the probabilities of the labels in their order, or the number */
  scores: z.string(),
});

export type Signature = z.infer<typeof signatureSchema>;
