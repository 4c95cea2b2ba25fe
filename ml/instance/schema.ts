import { z } from 'zod';

const common = { required: z.boolean().optional(), description: z.string().optional() };

const field = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    ...common,
    maxLength: z.int().positive().optional(),
    /** what the text is written in, and made plain of before it is used: LaTeX, or names of people; plain without it */
    markup: z.enum(['latex', 'names']).optional(),
    /** read by models that name it, and by no other */
    optIn: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('number'),
    ...common,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    unit: z.string().optional(),
    /** what it is of other records, of a number that was computed when its dataset was sealed: who asks a model sends it */
    computed: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('category'),
    ...common,
    /** the values allowed; any text without them */
    values: z.array(z.string()).min(1).optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), ...common }),
  z.strictObject({ type: z.literal('date'), ...common }),
]);

/** The fields of an instance, in order. It is written into each model package. */
export const instanceSchema = z.strictObject({
  fields: z.record(z.string().min(1), field),
  /** words that the texts of an instance have together at least, where the task says so */
  minimumWords: z.int().positive().optional(),
});

export type Field = z.infer<typeof field>;
export type InstanceSchema = z.infer<typeof instanceSchema>;

/** The fields that were computed when a dataset was sealed, with what they are. */
export const computedFields = ({ fields }: InstanceSchema): [name: string, computed: string][] =>
  Object.entries(fields).flatMap(([name, field]) =>
    field.type === 'number' && field.computed !== undefined ? [[name, field.computed]] : [],
  );

/** A field's value; null where it is missing. A date is its ISO text. */
export type FieldValue = string | number | boolean | null;

/** What a model is asked about: values by field. */
export type Instance = Readonly<Record<string, FieldValue>>;

/** All fields are texts, none is, or some are. */
export type InstanceKind = 'text' | 'table' | 'mixed';

export function kindOf({ fields }: InstanceSchema): InstanceKind {
  const texts = Object.values(fields).filter(({ type }) => type === 'text').length;
  if (texts === 0) return 'table';
  return texts === Object.keys(fields).length ? 'text' : 'mixed';
}

/** The texts that a model reads unless it names others. */
export const textFields = ({ fields }: InstanceSchema): string[] =>
  Object.entries(fields).flatMap(([name, field]) => (field.type === 'text' && !field.optIn ? [name] : []));
