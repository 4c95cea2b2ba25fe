import { SPLITS, type Split } from '../../ml/dataset/format.ts';

/** What splits are assigned by. */
export interface SampleKey {
  readonly id: string;
  readonly target: string | number;
  readonly group: string | null;
  readonly time: string | null;
}

/** A sample without its instance. */
export interface Head extends SampleKey {
  /** its place in the order of ids, from 0 */
  readonly row: number;
}

/** Samples in the order of their ids, without their instances, which may not all be in memory. */
export interface Rows {
  /** how many there are */
  readonly count: number;
  /** of each row the split that it has in the dataset which is extended */
  readonly kept: Splits;
  /** whether any is in a group */
  readonly isGrouped: boolean;
  heads(): AsyncIterable<readonly Head[]>;
}

/** Some of the rows, with the same numbers. */
export interface SomeRows {
  readonly count: number;
  heads(): AsyncIterable<readonly Head[]>;
}

/** Of each row its split: 0 for none, else 1 + its place in SPLITS. */
export type Splits = Uint8Array;

export const NO_SPLIT = 0;
export const codeOf = (split: Split): number => SPLITS.indexOf(split) + 1;
export const [TRAIN, VALIDATION, TEST] = SPLITS.map(codeOf) as [number, number, number];
export const splitAt = (splits: Splits, row: number): Split | undefined => SPLITS[splits[row]! - 1];

/** The rows that a condition holds for. */
export function rowsWhere(rows: Rows, splits: Splits, holds: (code: number) => boolean): SomeRows {
  let count = 0;
  for (const code of splits) if (holds(code)) count += 1;
  return {
    count,
    async *heads() {
      for await (const chunk of rows.heads()) yield chunk.filter(({ row }) => holds(splits[row]!));
    },
  };
}
