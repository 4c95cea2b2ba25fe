/** Why a row holds no record. */
export class Unreadable extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A text, number or truth value in a column as a text; null where it is empty. @throws Unreadable `wrong_type` */
export function textIn(row: Readonly<Record<string, unknown>>, column: string): string | null {
  const value = row[column] ?? null;
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unreadable('wrong_type', `${column} must be a text`);
}
