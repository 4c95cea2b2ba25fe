import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import type { DatasetExtensionRequested, DatasetSealed } from '../../schemas/events.generated.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import type { Contents } from './contents.ts';
import { Corpus } from './corpus.ts';

/** The samples of a dataset, each in its split, and those of a file in the training split. A row that is no sample is left out. */
export async function extended(
  { samples }: DatasetExtensionRequested,
  base: Pick<DatasetSealed, 'artifact' | 'sources' | 'relabelled'>,
  task: Task,
  artifacts: ArtifactStore,
  spill: Spill,
): Promise<Contents> {
  const gathered = new Corpus(spill);
  await gathered.extend(await artifacts.open(base.artifact));
  const file = { name: 'added.jsonl', bytes: await artifacts.get(samples) };
  for await (const row of readRows(file, task)) {
    const { record } = readRow(row, task);
    const sample = record && task.prepare(record).sample;
    if (!sample) continue;
    const { id, instance, target, otherLabels, time, group } = sample;
    await gathered.addForTraining({ id, instance, target, otherLabels, time, group });
  }
  const { sources, relabelled } = base;
  const corpus = await gathered.sealed();
  return { corpus, splits: corpus.kept, sources, isKnown: false, relabelled };
}
