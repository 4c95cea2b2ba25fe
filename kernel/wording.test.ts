import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import './wording.ts';

const told = (schema: z.ZodType, value: unknown): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => [...path, message].join(' '));

const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);
const parameter = z.union([z.union([z.string(), z.number(), z.boolean()]), z.array(z.string())]);
const arm = z.union([z.boolean(), z.strictObject({ top: z.int().min(1), by: z.string() })]);
const kinds = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text') }),
  z.object({ kind: z.literal('table') }),
]);

describe('what was given, what is expected, and an example:', () => {
  test.each<[what: string, schema: z.ZodType, given: unknown, message: string]>([
    ['a number for a text', z.string(), 7, 'must be a text, not 7: write "7"'],
    ['null', z.string(), null, 'must be a text, not null, such as "abc"'],
    ['nothing', z.string(), undefined, 'is missing: it must be a text, such as "abc"'],
    ['a number in quotes', z.number(), '1.5', 'must be a number, not "1.5": write 1.5, without quotes'],
    ['a word for a number', z.number(), 'many', 'must be a number, not "many", such as 0.5'],
    ['a fraction', z.int(), 1.5, 'must be a whole number, not 1.5, such as 3'],
    ['a parameter that is no number', z.coerce.number(), 'ten', 'must be a number, such as 0.5'],
    ['a word for a boolean', z.boolean(), 'yes', 'must be true or false, not "yes"'],
    [
      'a boolean in quotes',
      z.boolean(),
      'true',
      'must be true or false, not "true": write true, without quotes',
    ],
    ['perhaps', z.stringbool(), 'perhaps', 'must be true or false, not "perhaps"'],
    ['one entry of a list', z.array(z.string()), 'a', 'must be a list, not "a": write ["a"]'],
    ['a list', z.object({}), [1], 'must be an object, not a list, such as {"name": "value"}'],
    [
      'a misspelt word',
      z.enum(['open', 'closed']),
      'opn',
      'must be one of "open", "closed", not "opn", did you mean \'open\'?',
    ],
    ['no word', z.enum(['open', 'closed']), undefined, 'is missing: it must be one of "open", "closed"'],
    ['another constant', z.literal('v2'), 'x', 'must be "v2", not "x"'],
    ['a large number', z.number().max(60), 600, 'takes at most 60, not 600'],
    ['a border', z.number().gt(0), 0, 'takes at least 0, without 0 itself, not 0'],
    ['a long text', z.string().max(3), 'abcd', 'takes at most 3 characters, not 4'],
    ['an empty text', z.string().min(1), '', 'must not be empty'],
    ['an empty list', z.array(z.string()).min(1), [], 'takes at least 1 entry, not 0'],
    ['a day of words', z.iso.date(), 'today', 'must be a day, not "today", such as "2026-03-01"'],
    ['a day as a number', z.iso.date(), 20260301, 'must be a day, not 20260301, such as "2026-03-01"'],
    [
      'a time or a day',
      instant,
      'now',
      'must be a time with its zone or a day, not "now", such as "2026-03-01T12:00:00Z"',
    ],
    [
      'a type of no alternative',
      parameter,
      null,
      'must be a text or a number or true or false or a list, not null, such as "abc"',
    ],
    [
      'nothing of a choice',
      parameter,
      undefined,
      'is missing: it must be a text or a number or true or false or a list, such as "abc"',
    ],
    ['a part of an alternative', arm, { top: 0, by: 'x' }, 'top takes at least 1, not 0'],
    [
      'a kind that there is not',
      kinds,
      { kind: 'tabl' },
      'kind must be one of "text", "table", not "tabl", did you mean \'table\'?',
    ],
    ['no kind', kinds, {}, 'kind is missing: it must be one of "text", "table"'],
    [
      'a name of a map',
      z.record(z.string().max(2), z.number()),
      { abc: 1 },
      'abc is a name that takes at most 2 characters, not 3',
    ],
    [
      'a text without end',
      z.number(),
      'x'.repeat(1_000),
      `must be a number, not "${'x'.repeat(59)}…, such as 0.5`,
    ],
  ])('%s', (_, schema, given, message) => expect(told(schema, given)).toEqual([message]));
});

test("a schema's own words come first", () => {
  expect(told(z.string().regex(/^a/, 'begins with an a'), 'b')).toEqual(['begins with an a']);
});
