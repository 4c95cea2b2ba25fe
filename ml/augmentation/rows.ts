import type { Instance, InstanceSchema } from '../instance/schema.ts';
import type { Random } from '../random.ts';

/** A column of numbers, and what is known of it in the training rows. */
export interface NumberColumn {
  readonly field: string;
  readonly mean: number;
  /** 1 for a constant */
  readonly deviation: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The columns of numbers of a table. Missing values are left out; a number out of the range of its field is none to make. */
export function numberColumns({ fields }: InstanceSchema, rows: readonly Instance[]): NumberColumn[] {
  return Object.entries(fields).flatMap(([field, of]) => {
    if (of.type !== 'number') return [];
    const values = rows.map((row) => row[field]).filter((value) => typeof value === 'number');
    const count = Math.max(values.length, 1);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = of;
    return [{ field, mean, deviation: Math.sqrt(variance) || 1, minimum, maximum }];
  });
}

/** A row whose numbers are moved by normal noise of `scale` standard deviations; a constant column and what is missing stay. */
export function noisyRow(
  row: Instance,
  columns: readonly NumberColumn[],
  scale: number,
  random: Random,
): Instance {
  const moved = columns.flatMap(({ field, deviation, minimum, maximum }) => {
    const value = row[field];
    if (typeof value !== 'number') return [];
    const noisy = value + scale * deviation * normal(random);
    return [[field, Math.min(Math.max(noisy, minimum), maximum)] as const];
  });
  return { ...row, ...Object.fromEntries(moved) };
}

/** A number of the standard normal distribution (Box and Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
