import type { z } from 'zod';
import { didYouMean } from '../kernel/nearest.ts';
import { InvalidInput } from './errors.ts';

/**
 * The parameters of an engine: those given and, for the rest, the defaults.
 *
 * @throws InvalidInput `parameter`, naming the one that is unknown, of a wrong type or out of range
 */
export function parseParameters<Schema extends z.ZodObject>(
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
  engine: string,
): z.infer<Schema> {
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(given).find((parameter) => !known.includes(parameter));
  if (unknown !== undefined) {
    const reason = `${engine} has no parameter '${unknown}'${didYouMean(unknown, known)}; it has ${known.join(', ')}`;
    throw new InvalidInput('parameter', reason);
  }
  const { data, error } = schema.safeParse(given);
  if (!error) return data;
  const { code, path, message } = error.issues[0]!;
  const what = code === 'invalid_type' ? 'is of a wrong type' : 'is out of range';
  throw new InvalidInput('parameter', `${String(path[0])} ${what} (${message}) in ${JSON.stringify(given)}`);
}
