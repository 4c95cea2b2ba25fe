import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { EpochlogError } from './errors.ts';
import { suggestion } from './nearest.ts';
import './wording.ts';

/** A larger file is no declaration. */
const MAX_BYTES = 1 << 20;

/**
 * What a YAML file declares, as the schema has it. INPUT_INVALID names the file, the line, the key, what is wrong, and
 * for an unknown key the known one that may be meant; all faults of a file are told at once.
 */
export function parseDeclaration<T>(file: string, text: string, schema: z.ZodType<T>): T {
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid([`${file} is larger than ${MAX_BYTES >> 20} MiB`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ message, pos }) => `${lineAt(pos[0])}: not YAML: ${message}`));
  }
  const { success, data, error } = schema.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (success) return data;
  throw invalid(
    error.issues.flatMap((issue) => faultsOf(issue)).map(({ path, message }) => place(path) + message),
  );

  function place(path: readonly PropertyKey[]): string {
    const at = lineOf(path);
    return `${at}${path.length > 0 ? `: ${path.join('.')}` : ''} `;
  }

  /** The line of a key, or of what holds it where the key itself is missing. */
  function lineOf(path: readonly PropertyKey[]): string {
    for (let length = path.length; length > 0; length--) {
      const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const key = isMap(parent)
        ? parent.items.find(({ key }) => isNode(key) && String(key) === String(path[length - 1]))?.key
        : document.getIn(path.slice(0, length), true);
      if (isNode(key) && key.range) return lineAt(key.range[0]);
    }
    return file;
  }

  function wrongType({ path, expected, message }: z.core.$ZodIssueInvalidType): string {
    const value = document.getIn(path);
    if (value === undefined) return 'is missing';
    const type = TYPES[expected];
    if (type === undefined) return message;
    return value === null ? `is empty: it must be ${type}` : `must be ${type}`;
  }

  function faultsOf(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string }[] {
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `is not known; ${suggestion(key, known)}`,
      }));
    }
    if (issue.code === 'invalid_union') {
      // Of a choice, the alternative that fits best is the one with the fewest faults.
      const closest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
      const inner = closest.flatMap((fault) => faultsOf({ ...fault, path: [...issue.path, ...fault.path] }));
      if (inner.length > 0) return inner;
    }
    return [{ path: issue.path, message: issue.code === 'invalid_type' ? wrongType(issue) : issue.message }];
  }
}

/** What a type of the schema is in YAML. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list, [a, b]', record: 'a mapping, { key: value }', object: 'a mapping, { key: value }' },
};

/** The keys that a schema knows at a path, in all its alternatives. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const keys = new Set<string>();
  const walk = (node: unknown, rest: readonly PropertyKey[]): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, additionalProperties, items, anyOf, oneOf, allOf } =
      node as z.core.JSONSchema.JSONSchema;
    for (const choice of [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])]) walk(choice, rest);
    const [first, ...others] = rest;
    if (first === undefined) for (const key of Object.keys(properties ?? {})) keys.add(key);
    else
      walk(properties?.[String(first)] ?? (typeof first === 'number' ? items : additionalProperties), others);
  };
  walk(json, path);
  return [...keys];
}

const invalid = (faults: readonly string[]) => new EpochlogError('INPUT_INVALID', faults.join('\n'));
