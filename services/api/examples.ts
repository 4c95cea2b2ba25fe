import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import type { Tasks } from '../../tasks/registry.ts';

type Row = Readonly<Record<string, unknown>>;

const NO_FILTERS = {
  model: null,
  status: null,
  target: null,
  collectionId: null,
  decision: null,
  project: null,
  tag: null,
  from: null,
  to: null,
};

/**
 * Examples for the documentation that work when they are tried: names of what is there, and a prediction of the record that
 * came first, by a model in production. What is not there has no example.
 */
export async function examplesOf(query: NamedQuery, tasks: Tasks) {
  const first = async (name: string, params: Row = {}): Promise<Row> =>
    (await query<Row>(name, { ...NO_FILTERS, ...params, limit: 1 }))[0] ?? {};
  const models = await query<Row>('models/declared', { model: null, limit: 1_000 });
  const { model, production, task } = models.find(({ production }) => production !== null) ?? models[0] ?? {};
  const [run, dataset, record] = await Promise.all([
    first('runs/list'),
    first('datasets/list'),
    first('records/list', { task: task ?? '' }),
  ]);
  const { recordId, fields, eventId = dataset.eventId } = record;
  const values = { model, version: production, task, ...ids(run, dataset), recordId, id: eventId };
  const known = tasks.get(String(task));
  const instance =
    known && typeof fields === 'string'
      ? Object.fromEntries(
          Object.entries(JSON.parse(fields) as object).filter(([name]) => name in known.schema.fields),
        )
      : undefined;
  return {
    names: Object.fromEntries(
      Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    bodies: production && instance ? { PredictRequest: { model, instance } } : {},
  };
}

const ids = (run: Row, dataset: Row) => ({
  runId: run.runId,
  datasetId: dataset.datasetId,
  digest: dataset.artifact,
  file: 'SHA256SUMS',
});
