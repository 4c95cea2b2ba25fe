import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseDeclaration } from './declaration.ts';

const schema = z.strictObject({
  name: z.string(),
  size: z.number().min(1).optional(),
  columns: z
    .record(z.string(), z.union([z.enum(['text', 'number']), z.strictObject({ type: z.string() })]))
    .optional(),
});
const parse = (text: string) => () => parseDeclaration('it.yaml', text, schema);

test('a declaration is what its schema says', () => {
  expect(parse('name: a\ncolumns: { b: number, c: { type: x } }\n')()).toEqual({
    name: 'a',
    columns: { b: 'number', c: { type: 'x' } },
  });
});

describe('is refused, by the file, the line and the key:', () => {
  test.each([
    ['an unknown key', 'name: a\nsise: 3\n', /^it\.yaml:2: sise is not known; did you mean size\?$/],
    [
      'an unknown key inside',
      'name: a\ncolumns:\n  b:\n    type: x\n    unti: y\n',
      /^it\.yaml:5: columns\.b\.unti is not known/,
    ],
    ['a key that is missing', 'size: 3\n', /^it\.yaml: name is missing$/],
    ['a key without its value', 'name: a\ncolumns:\n', /^it\.yaml:2: columns is empty: it must be a mapping/],
    ['a value of another type', 'name: [a]\n', /^it\.yaml:1: name must be a text$/],
    ['a value out of range', 'name: a\n\nsize: 0\n', /^it\.yaml:3: size takes at least 1, not 0/],
    ['a value of no alternative', 'name: a\ncolumns:\n  b: numbr\n', /^it\.yaml:3: columns\.b /],
    ['a key that is there twice', 'name: a\nname: b\n', /^it\.yaml:2: not YAML: Map keys must be unique/],
    ['what is no YAML', 'name: [a\n', /^it\.yaml:\d: not YAML/],
    ['an alias', 'name: &a b\nsize: *a\n', /alias/i],
    ['nothing', '', /name is missing/],
    ['a file that is too large', `name: ${'a'.repeat(1 << 20)}`, /larger than 1 MiB/],
  ])('%s', (_, text, message) => {
    expect(parse(text)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });

  test('all faults of a file at once', () => {
    expect(parse('nam: a\nsize: 0\n')).toThrow(
      /name is missing[\s\S]*size[\s\S]*nam is not known; did you mean name\?/,
    );
  });
});
