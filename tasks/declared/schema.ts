import { z } from 'zod';
import { LIMITS } from '../../kernel/texts.ts';
import { labelFault } from '../../ml/label-sets.ts';
import { DATE_FORMATS } from '../../ml/records/date-format.ts';
import { duration } from '../policies/durations.ts';
import { expectation } from './expectations.ts';

export const taskName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and hyphens, at most 64');

const columnName = z.string().min(1).max(200);

const TYPES = ['text', 'number', 'category', 'boolean', 'date'] as const;

const column = z
  .strictObject({
    type: z.enum(TYPES, `must be one of ${TYPES.join(', ')}`),
    required: z.boolean().default(false),
    unit: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    values: z.array(z.string()).min(1).optional(),
    description: z.string().optional(),
  })
  .superRefine(({ type, minimum, maximum, values, unit }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (type !== 'number' && minimum !== undefined) refuse('minimum', 'is for numbers');
    if (type !== 'number' && maximum !== undefined) refuse('maximum', 'is for numbers');
    if (type !== 'number' && unit !== undefined) refuse('unit', 'is for numbers');
    if (type !== 'category' && values !== undefined) refuse('values', 'is for categories');
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
      refuse('minimum', `is above the maximum, ${maximum}`);
    }
  });

const shortColumn = z.union([
  z.enum(TYPES, `must be one of ${TYPES.join(', ')}`).transform((type) => ({ type, required: false })),
  column,
]);

/** One text for each label, or of a cell a separator between them. */
const labelName = z
  .string()
  .min(1)
  .max(200)
  .refine((label) => labelFault(label) === undefined, { error: ({ input }) => labelFault(String(input))! });

const target = z.union([
  z.strictObject({
    column: columnName,
    labels: z.union([z.literal('from data'), z.array(labelName).min(2)]),
    /** between the labels in a cell of CSV, or in a text; a list of them needs none */
    separator: z.string().min(1).max(10).default(';'),
  }),
  z.strictObject({
    column: columnName,
    classes: z.union([z.literal('from data'), z.array(z.string()).min(2)]),
  }),
  z.strictObject({
    column: columnName,
    type: z.literal('number', "must be number; for classes write 'classes: from data', or name them"),
    unit: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
]);

/** A record may be in several groups. */
const severalGroups = z.strictObject({
  column: columnName,
  /** between the groups in a cell of CSV, or in a text; a list of them needs none */
  separator: z.string().min(1).max(10).default(';'),
});

const common = {
  task: taskName,
  description: z.string().max(2_000).default(''),
  /** the column that names a record; without one, a digest of the record does */
  id: columnName.optional(),
  time: columnName.optional(),
  group: z.union([columnName, severalGroups]).optional(),
  target,
  ignore: z.array(columnName).default([]),
  /** texts that mean a missing value in a cell of CSV, as the empty one does */
  missing: z.array(z.string().min(1).max(100)).max(20).default([]),
  /** column → the format of its dates, where they are not as ISO 8601 has them */
  dates: z.record(columnName, z.enum(DATE_FORMATS, `must be one of ${DATE_FORMATS.join(', ')}`)).default({}),
  rules: z.array(z.string().max(500)).max(100).default([]),
  expectations: z.array(expectation).max(100).default([]),
  duplicates: z.array(z.array(columnName).min(1)).max(10).default([]),
};

/** What a task file says. `columns` of a table are its inputs; `text` of a text task are the columns that are read, in order. */
export const taskFile = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tabular'),
    ...common,
    columns: z
      .record(columnName, shortColumn)
      .refine((columns) => Object.keys(columns).length <= LIMITS.columns, {
        error: ({ input }) =>
          `has ${Object.keys(input as object).length} columns, and a task may have ${LIMITS.columns}: leave out those that say least, or list them under 'ignore'`,
      }),
  }),
  z.strictObject({
    kind: z.literal('text'),
    ...common,
    text: z.array(columnName).min(1).max(10),
    language: z
      .string()
      .regex(/^[a-z]{2}$/, 'must be a code of two letters, such as en')
      .optional(),
    minimumWords: z.int().min(1).default(1),
    /** of two texts as similar as this the later one is a duplicate; absent: only equal ones are */
    nearDuplicates: z
      .strictObject({
        similarity: z
          .number()
          .min(0.5, 'must be 0.5 or more: below that, texts on one subject are alike')
          .max(1, 'must be 1 or less')
          .default(0.8),
        window: duration.optional(),
      })
      .optional(),
  }),
]);

export type TaskFile = z.infer<typeof taskFile>;
export type Column = z.infer<typeof column>;
