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

/**
 * Fleiss' kappa (1971) of people who labelled the same samples, each sample by as many, not always the same ones.
 *
 * @param counts N × K: of each sample how many gave each label
 * @throws InvalidInput `empty` without a sample, `shape` where samples have not as many labels, or less than two
 */
export function fleissOf(counts: readonly (readonly number[])[]): Agreement {
  const people = counts[0]?.reduce((sum, count) => sum + count, 0) ?? 0;
  if (counts.length === 0) throw new InvalidInput('empty', 'no sample was labelled');
  if (people < 2 || counts.some((row) => row.reduce((sum, count) => sum + count, 0) !== people))
    throw new InvalidInput('shape', 'each sample needs as many labels as the others, and at least two');
  const alike = (row: readonly number[]) => row.reduce((sum, count) => sum + count * (count - 1), 0);
  const agreement =
    counts.reduce((sum, row) => sum + alike(row), 0) / (counts.length * people * (people - 1));
  const chance = counts[0]!.reduce((sum, _, label) => {
    const given = counts.reduce((all, row) => all + row[label]!, 0);
    return sum + (given / (counts.length * people)) ** 2;
  }, 0);
  return { agreement, chance, kappa: chance === 1 ? null : (agreement - chance) / (1 - chance) };
}
