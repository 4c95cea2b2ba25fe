import type { Command } from 'commander';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { readModel } from '../../operations/production.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import { type Lineage, lineageOfVersion, toldLineage } from '../../schemas/models/lineage.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { noVersion } from '../listing.ts';
import { columns, printable, table } from '../output.ts';
import { withStore } from '../store.ts';

/** `epochlog version lineage`: the run, the dataset and the events that a version comes from, and what became of it. */
export function addLineage(version: Command): void {
  const lineage = version
    .command('lineage')
    .argument('<version>', 'such as v1.0.0', checked('version', versionText))
    .description('where a version comes from: its run, its dataset, the offsets of the log, each event')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<{ model?: string }>(lineage, async (options, { config, output, model: usual }, name = '') => {
    const model = options.model ?? usual;
    const found = await withStore(config, ({ events }) => lineageNamed(events, model, name));
    output.result(toldLineage(found));
    output.line(columns(factsOf(found), output.width));
    const rows = found.events.map(({ time, type, id, topic, partition, offset }) => [
      new Date(time).toISOString().slice(0, 19).replace('T', ' '),
      ...[type, `${topic}/${partition}@${offset}`, id],
    ]);
    output.line(`\n${table(['time', 'event', 'position', 'id'], rows, output.tableWidth)}`);
  });
}

/** The lineage of a version. NOT_FOUND, with the nearest name, when a model has no such version. */
export async function lineageNamed(events: EventReader, model: string, version: string): Promise<Lineage> {
  const found = await lineageOfVersion(events, model, version);
  if (found) return found;
  throw noVersion(model, version, (await readModel(events, model)).versions.keys());
}

function factsOf({ model, runId, started, reported, dataset, registered, evaluation }: Lineage) {
  const ranges = (dataset?.data.sources ?? []).map(({ topic, partition, from, to }) =>
    to > from ? `${topic}/${partition} ${from} to ${to - 1}` : `${topic}/${partition} none`,
  );
  const { train, validation, test } = dataset?.data ?? {};
  const facts: [string, string | undefined][] = [
    ['model', model],
    ['version', registered?.data.version],
    ['run', runId],
    ['trained by', started?.data.engine ?? reported?.data.trainer],
    ['seed', started && String(started.data.seed)],
    ['started from', started?.data.fromVersion ?? undefined],
    ['dataset', dataset?.data.datasetId],
    ['extends', dataset?.data.extends ?? undefined],
    ['samples', dataset && `${train} train, ${validation} validation, ${test} test`],
    ['content hash', dataset?.data.contentHash],
    ['offsets', dataset && ranges.join(', ')],
    ['package', registered?.data.package],
    ['model hash', registered?.data.modelHash],
    ['evaluation', evaluation?.data.evaluationId],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, printable(value)] as [string, string]] : []));
}
