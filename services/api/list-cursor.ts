import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';

/** Where a page of a list ends: the key of its last row, for the list it is of. Clients give it back as it is. */
export const formatListCursor = (list: string, key: readonly string[]): string =>
  Buffer.from(JSON.stringify([list, ...key])).toString('base64url');

/** The key in a cursor. INPUT_INVALID unless it is a cursor of that list, with a key of so many values. */
export function parseListCursor(cursor: string, list: string, values: number): string[] {
  const [of, ...key] = textsIn(cursor);
  if (of === list && key.length === values) return key;
  const why = of === undefined || of === list ? 'is none that this API gave' : 'is of another list';
  throw new EpochlogError(
    'INPUT_INVALID',
    `cursor: it ${why}; take \`next\` of the page before, as it is, or leave the cursor out for the first page`,
  );
}

function textsIn(cursor: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    return [];
  }
}
