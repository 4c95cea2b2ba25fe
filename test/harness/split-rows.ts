import { tmpdir } from 'node:os';
import { openScratch } from '../../infra/scratch.ts';
import type { ScratchFile } from '../../kernel/ports/scratch.ts';
import type { Split } from '../../ml/dataset/format.ts';
import type { ProblemType } from '../../ml/problem.ts';
import { assignSplits } from '../../services/sealer/assign.ts';
import { GroupNames } from '../../services/sealer/linked.ts';
import { codeOf, type Rows, type SampleKey, type Splits, splitAt } from '../../services/sealer/rows.ts';

/** Splits of samples by id. */
export type Assignment = ReadonlyMap<string, Split>;

/** What does not fit into memory is in a file without a name. */
export const scratchFile = (): ScratchFile => openScratch(tmpdir()).create();

/** Samples as the sealer divides them: by row, in the order of their ids. */
export function rowsOf(samples: readonly SampleKey[], kept: Assignment = new Map()): Rows {
  const sorted = samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    count: sorted.length,
    kept: splitsOf(sorted, kept),
    isGrouped: sorted.some(({ group }) => group !== null),
    async *heads() {
      yield sorted.map((sample, row) => ({ ...sample, row }));
    },
  };
}

export const splitsOf = (sorted: readonly { readonly id: string }[], splits: Assignment): Splits =>
  Uint8Array.from(sorted, ({ id }) => (splits.has(id) ? codeOf(splits.get(id)!) : 0));

/** Splits of rows by the ids of their samples; those in no split are left out. */
export async function byId(rows: Pick<Rows, 'heads'>, splits: Splits): Promise<Map<string, Split>> {
  const assigned = new Map<string, Split>();
  for await (const chunk of rows.heads()) {
    for (const { row, id } of chunk) {
      const split = splitAt(splits, row);
      if (split) assigned.set(id, split);
    }
  }
  return assigned;
}

export interface AssignedOptions {
  readonly kept?: Assignment;
  readonly problem?: ProblemType;
  /** groups of samples that may be in several, by id */
  readonly names?: ReadonlyMap<string, readonly string[]>;
}

/** The splits that the sealer assigns to samples, by id. */
export async function assigned(
  samples: readonly SampleKey[],
  request: Parameters<typeof assignSplits>[1],
  { kept = new Map(), problem = 'classification', names }: AssignedOptions = {},
): Promise<Map<string, Split>> {
  await using file = scratchFile();
  const rows = rowsOf(samples, kept);
  const groups = names && (await groupNames(names, file));
  return byId(rows, await assignSplits(rows, request, file, problem, groups));
}

/** Groups of samples by id as the sealer has them: by row, in the order of their ids. */
export async function groupNames(
  given: ReadonlyMap<string, readonly string[]>,
  file: ScratchFile,
): Promise<GroupNames> {
  const names = new GroupNames(file);
  const sorted = [...given].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [row, [, own]] of sorted.entries()) await names.add(row, own);
  return names;
}
