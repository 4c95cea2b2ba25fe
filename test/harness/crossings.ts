import { decodeDataset } from '../../ml/dataset/read.ts';
import { declaredModels } from '../../operations/declared.ts';
import type { Store } from '../../operations/session.ts';

/** What a task and a model have in common with another one, which must be nothing: each a count of rows. */
const CROSSINGS: Readonly<Record<string, string>> = {
  'records of two tasks with the same id': `
    SELECT count() FROM (SELECT record_id FROM records GROUP BY record_id HAVING uniq(task) > 1)`,
  'samples without a record of their task': `
    SELECT count() FROM samples WHERE (task, record_id) NOT IN (SELECT task, record_id FROM records)`,
  'datasets of another task than that of their model': `
    SELECT count() FROM datasets WHERE (model, task) NOT IN (SELECT model, task FROM model_declarations)`,
  'runs on a dataset of another model': `
    SELECT count() FROM run_steps WHERE dataset_id IS NOT NULL
      AND (assumeNotNull(dataset_id), assumeNotNull(model)) NOT IN (SELECT dataset_id, model FROM datasets)`,
  'versions of a run of another model': `
    SELECT count() FROM version_history WHERE run_id IS NOT NULL
      AND (assumeNotNull(run_id), model) NOT IN (SELECT run_id, assumeNotNull(model) FROM run_steps WHERE model IS NOT NULL)`,
  'predictions of what is no record of the task': `
    SELECT count() FROM predictions AS p INNER JOIN model_declarations AS m ON p.model = m.model
    WHERE p.instance_id IS NOT NULL AND (m.task, assumeNotNull(p.instance_id)) NOT IN (SELECT task, record_id FROM records)`,
  'packages of two models': `
    SELECT count() FROM (SELECT package FROM version_history WHERE package IS NOT NULL GROUP BY package HAVING uniq(model) > 1)`,
  'datasets with the content of one of another task': `
    SELECT count() FROM (SELECT content_hash FROM datasets WHERE content_hash IS NOT NULL GROUP BY content_hash HAVING uniq(task) > 1)`,
};

/** The rows of `what`, and how many there are: all counts must be 0. */
export const CROSSINGS_SQL = Object.entries(CROSSINGS)
  .map(([what, sql]) => `SELECT '${what}' AS what, (${sql}) AS rows`)
  .join(' UNION ALL ');

/** The ids of the samples in all datasets of each model, read from the sealed files themselves. */
export async function learntBy({ events, artifacts }: Store): Promise<Map<string, ReadonlySet<string>>> {
  const learnt = new Map<string, Set<string>>();
  for (const model of (await declaredModels(events)).keys()) learnt.set(model, new Set());
  for await (const { data } of events.scan(['DatasetSealed'])) {
    const { samples } = await decodeDataset(await artifacts.get(data.artifact), [
      'train',
      'validation',
      'test',
    ]);
    for (const { id } of samples) learnt.get(data.model)?.add(id);
  }
  return learnt;
}
