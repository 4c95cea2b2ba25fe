import { z } from 'zod';

const TEN_OF_COMPUTER_SCIENCE = [
  'cs.AI',
  'cs.CL',
  'cs.CR',
  'cs.CV',
  'cs.DB',
  'cs.DC',
  'cs.LG',
  'cs.NE',
  'cs.RO',
  'cs.SE',
];

export const settings = z.object({
  minWords: z.coerce
    .number()
    .int()
    .min(1)
    .default(50)
    .describe('words of title and abstract below which a paper is too short'),
  labels: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((label) => label.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.string()).min(1))
    .default(TEN_OF_COMPUTER_SCIENCE)
    .describe('primary categories to learn, separated by commas'),
});

export type Settings = z.infer<typeof settings>;
