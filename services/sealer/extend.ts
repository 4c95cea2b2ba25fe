import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { DatasetExtensionRequested, DatasetSealed } from '../../schemas/events.generated.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { Corpus } from './corpus.ts';
import type { Contents } from './service.ts';

/** The samples of a dataset, each in its split, and those of a file in the training split. A row that is no sample is left out. */
export async function extended(
  { samples }: DatasetExtensionRequested,
  base: Pick<DatasetSealed, 'artifact' | 'sources' | 'relabelled'>,
  task: Task,
  artifacts: ArtifactStore,
): Promise<Contents> {
  const corpus = new Corpus();
  const splits = new Map(await corpus.extend(await artifacts.get(base.artifact)));
  const file = { name: 'added.jsonl', bytes: await artifacts.get(samples) };
  for await (const row of readRows(file, task)) {
    const { record } = readRow(row, task);
    const sample = record && task.prepare(record).sample;
    if (!sample || splits.has(sample.id)) continue;
    const { id, instance, target, otherLabels, time, group } = sample;
    splits.set(id, 'train');
    await corpus.accept({ id, instance, target, otherLabels, time, group });
  }
  const { sources, relabelled } = base;
  return { corpus, splits, sources, seen: new Map(), relabelled };
}
