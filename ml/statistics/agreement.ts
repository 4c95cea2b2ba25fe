import { InvalidInput } from '../errors.ts';
import { total } from './counts.ts';

export interface Agreement {
  /** share of requests that both answer alike */
  readonly agreement: number;
  /** the share that two models with these labels would answer alike by chance */
  readonly chance: number;
  /** (agreement − chance) / (1 − chance): 1 always, 0 as chance would have it; null where both give one label only */
  readonly kappa: number | null;
}

/**
 * Cohen's kappa (1960) of two models that answered the same requests: production and its shadow.
 *
 * @param counts K × K: row the label of one, column that of the other
 * @throws InvalidInput `shape` when it is not square, `empty` when nothing was answered, `count`
 */
export function agreementOf(counts: readonly (readonly number[])[]): Agreement {
  const labels = counts.length;
  if (counts.some((row) => row.length !== labels)) {
    throw new InvalidInput('shape', `${labels} rows need ${labels} columns each`);
  }
  const all = total(counts.flat());
  let [same, chance] = [0, 0];
  for (let label = 0; label < labels; label++) {
    const row = counts[label]!.reduce((sum, count) => sum + count, 0);
    const column = counts.reduce((sum, other) => sum + other[label]!, 0);
    same += counts[label]![label]! / all;
    chance += (row / all) * (column / all);
  }
  const isOneLabel = counts.some((row, label) => row[label] === all);
  return { agreement: same, chance, kappa: isOneLabel ? null : (same - chance) / (1 - chance) };
}
