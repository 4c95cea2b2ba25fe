// What sealing costs of a model that is retrained: the datasets of a home, sealed once more as they were asked for.
//
//   node test/bench/sealing-again.ts --home FOLDER
//
// The records of the home, which is not changed, come into a new log, up to where each dataset was sealed; then it is sealed there. What is
// said of it must be what the home says, digests of artifacts included. CPU seconds are those of this process, in which only the
// sealer runs. JSON goes to stdout.
import { parseArgs } from 'node:util';
import { withStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Store } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealedSourceRange } from '../../schemas/events.generated.ts';
import { service as sealer } from '../../services/sealer/service.ts';
import { startServices } from '../harness/services.ts';

const { values } = parseArgs({ options: { home: { type: 'string' } } });
const { home } = values;
if (home === undefined) throw new Error('name a home: --home FOLDER');

interface Sealing {
  datasetId: string;
  samples: number;
  seconds: number;
  cpuSeconds: number;
}

await using services = await startServices([sealer]);
/** by topic and partition, up to where records were copied */
const copied = new Map<string, number>();

const sealings = await withStore(readConfig({ home }, {}), async (store) => {
  const facts = await factsIn(store);
  await copy(store, ['tasks', 'models']);
  const measured: Sealing[] = [];
  for await (const { data: request } of store.events.scan(['DatasetRequested'])) {
    const { datasetId } = request;
    const expected = facts.filter(({ data }) => data.datasetId === datasetId);
    const sealed = expected.find((event) => event.type === 'DatasetSealed');
    if (!sealed) continue;
    const { train, validation, test, sources } = sealed.data;
    await copy(store, ['samples', 'labels'], sources);
    await services.host.settled();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await services.publish(newEvent('DatasetRequested', request));
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - began) / 1_000;
    const given = (await factsIn(services)).filter(({ data }) => data.datasetId === datasetId);
    const text = (some: typeof given) => JSON.stringify(some.map(({ data }) => data));
    if (text(given) !== text(expected))
      throw new Error(`what was sealed as ${datasetId} is not what the home says`);
    measured.push({
      datasetId,
      samples: train + validation + test,
      seconds,
      cpuSeconds: (user + system) / 1e6,
    });
  }
  return measured;
});
const cpuSeconds = sealings.reduce((sum, one) => sum + one.cpuSeconds, 0);
process.stdout.write(`${JSON.stringify({ sealings, cpuSeconds }, null, 1)}\n`);
process.exit(0);

function factsIn({ events }: Pick<Store, 'events'>) {
  return Array.fromAsync(events.scan(['DatasetSealed', 'ReferenceSampled']));
}

/** Copies the records of some streams, up to where a dataset was read. */
async function copy(
  { events }: Store,
  streams: readonly string[],
  sources?: readonly DatasetSealedSourceRange[],
): Promise<void> {
  for (const { topic, partition, offset } of await events.endOffsets(streams)) {
    const source = sources?.find((range) => range.topic === topic && range.partition === partition);
    const to = sources ? (source?.to ?? 0) : offset;
    const from = copied.get(`${topic}/${partition}`) ?? 0;
    copied.set(`${topic}/${partition}`, to);
    const records = await Array.fromAsync(events.range({ topic, partition, offset: from }, to));
    if (records.length > 0) await services.log.append(records);
  }
}
