import { hash } from 'node:crypto';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { isTargetOf } from '../../ml/problem.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Prepared, Sample, Task } from '../../tasks/task.ts';

/** What became of the rows of a contribution. */
export interface Integrated {
  /** the rows that are new, as lines of JSON */
  readonly lines: string;
  readonly rows: number;
  readonly added: number;
  readonly duplicates: number;
  readonly invalid: number;
  /** by the code of the fault */
  readonly invalidBy: Readonly<Record<string, number>>;
}

/**
 * Sorts the rows of a contribution: those that a model could learn from and the dataset does not have, in any of its splits;
 * those that it has, by id, content or what the task says; and those that are no samples of its task. A label that the
 * baseline does not know cannot be judged by it, and is invalid.
 *
 * @param dataset the file of the dataset that the baseline was trained on
 */
export async function integrate(file: TextFile, dataset: Uint8Array, task: Task): Promise<Integrated> {
  const { samples, task: problem } = await decodeDataset(dataset);
  const known = new Set(samples.flatMap((sample) => keysOf(sample, task)));
  const invalidBy: Record<string, number> = {};
  const lines: string[] = [];
  let [rows, duplicates] = [0, 0];
  for await (const row of readRows(file, task)) {
    rows += 1;
    const { fields } = row.fields();
    const { record, fault } = readRow(row, task);
    const { sample, rejection }: Prepared = record ? task.prepare(record) : { rejection: fault };
    const code = rejection?.code ?? (isTargetOf(problem, sample!.target) ? undefined : 'unknown_label');
    if (code !== undefined) {
      invalidBy[code] = (invalidBy[code] ?? 0) + 1;
      continue;
    }
    const keys = keysOf(sample!, task);
    if (keys.some((key) => known.has(key))) {
      duplicates += 1;
      continue;
    }
    for (const key of keys) known.add(key);
    lines.push(JSON.stringify(fields));
  }
  const invalid = Object.values(invalidBy).reduce((sum, count) => sum + count, 0);
  return { lines: lines.join('\n'), rows, added: lines.length, duplicates, invalid, invalidBy };
}

/** Why a contribution without a new row is refused: what its rows are, and which faults keep the invalid ones out. */
export function nothingNew(
  { rows, duplicates, invalid, invalidBy }: Omit<Integrated, 'lines'>,
  task: string,
): string {
  const counts = `nothing is new: of ${rows} rows ${duplicates} are there already, ${invalid} are no samples`;
  if (invalid === 0) return counts;
  const faults = Object.entries(invalidBy).map(([code, count]) => `${count} ${code}`);
  return `${counts} of ${task} (${faults.join(', ')}): see \`epochlog task show ${task}\``;
}

/** What a sample is recognised by. */
function keysOf({ id, instance }: Pick<Sample, 'id' | 'instance'>, task: Task): string[] {
  const content = hash('sha256', JSON.stringify(Object.entries(instance).sort()), 'base64');
  const others = task.duplicateKeys({ instance }).map(({ match, key }) => `${match}:${key}`);
  return [`id:${id}`, `content:${content}`, ...others];
}
