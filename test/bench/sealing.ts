// How fast records become a dataset, and in how much memory: collector, curator and sealer on one embedded log.
//
//   node test/bench/sealing.ts --data FILE [--task arxiv]
//   node test/bench/sealing.ts --generate 100000 [--task account-health]
//   node test/bench/sealing.ts --accepted 1000000 [--split grouped]
//
// With --accepted the sealer runs alone: its samples are in the log already. Else the records are collected from a file, or the generator of the task makes them; then two datasets are sealed of the same
// events, whose hashes must be equal. Memory is that of this process, in which all three services and the log are: the most
// of its own pages (RssAnon), and of all with those of the log's file that are mapped (RSS). JSON goes to stdout. Linux.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedRecords } from '../../cli/generated.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { service as collector } from '../../services/collector/service.ts';
import { service as curator } from '../../services/curator/service.ts';
import { service as sealer } from '../../services/sealer/service.ts';
import { LABEL_RULE } from '../../tasks/policies/labels.ts';
import { NO_FOLDS } from '../../tasks/policies/splits.ts';
import { ACCEPTED_TASK, appendAccepted } from '../harness/accepted-samples.ts';
import { startServices } from '../harness/services.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    generate: { type: 'string' },
    accepted: { type: 'string' },
    task: { type: 'string', default: 'arxiv' },
    split: { type: 'string', default: 'auto' },
  },
});
const { data, generate, split } = values;
const accepted = Number(values.accepted ?? 0);
const task = accepted > 0 ? ACCEPTED_TASK : values.task;

const SAMPLE_MS = 100;
const highest = { own: 0, all: 0 };
const sample = () => {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
  highest.own = Math.max(highest.own, mib('RssAnon'));
  highest.all = Math.max(highest.all, mib('VmRSS'));
};

const { name: sourceName, bytes } = accepted
  ? { name: 'none', bytes: new Uint8Array() }
  : data
    ? { name: basename(data), bytes: readFileSync(data) }
    : await generatedRecords(task, Number(generate ?? 100_000));

await using services = await startServices(accepted ? [sealer] : [collector, curator, sealer]);
const { artifacts, publish, host, all } = services;
const source = await artifacts.put(bytes);
setInterval(sample, SAMPLE_MS).unref();
const steps: Record<string, { seconds: number; ownMiB: number; rssMiB: number }> = {};

async function measured(step: string, run: () => Promise<unknown>): Promise<number> {
  highest.own = 0;
  highest.all = 0;
  const started = performance.now();
  await run();
  sample();
  const seconds = (performance.now() - started) / 1_000;
  steps[step] = { seconds, ownMiB: Math.round(highest.own), rssMiB: Math.round(highest.all) };
  return seconds;
}

const collection = { collectionId: 'c', task, source, sourceName, generated: !data, from: null, to: null };
const seconds = await measured(accepted ? 'append' : 'collect and curate', async () => {
  if (accepted) return appendAccepted(services, 0, accepted);
  await publish(newEvent('CollectionRequested', { ...collection, requestedBy: 'bench' }));
  await host.settled();
});
for (const datasetId of ['one', 'two']) {
  await measured(`seal ${datasetId}`, async () => {
    const fractions = { trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 10 };
    const request = {
      datasetId,
      model: 'bench',
      task,
      extends: null,
      seed: 42,
      ...fractions,
      ...LABEL_RULE,
      split,
    };
    await publish(
      newEvent('DatasetRequested', { ...request, ...NO_FOLDS, reuse: false, requestedBy: 'bench' }),
    );
    await host.settled();
  });
}
const [completed] = await all('CollectionCompleted');
const sealed = await all('DatasetSealed');
const [one, two] = sealed.map((event) => event.data);
if (!(completed || accepted) || !one || !two)
  throw new Error('a step failed', { cause: await all('DatasetRefused') });
if (one.contentHash !== two.contentHash || one.artifact !== two.artifact)
  throw new Error('two sealings of the same events differ');
const records = completed?.data.records ?? accepted;
const total = seconds + (steps['seal one']?.seconds ?? 0);
const samples = one.train + one.validation + one.test;
process.stdout.write(
  `${JSON.stringify({ records, samples, perSecond: Math.round(records / total), steps }, null, 2)}\n`,
);
process.exit(0);
