// How fast `epochlog migrate` copies a log to a Kafka broker of this machine: every record is appended, acknowledged and
// read back. The whole command also compares the projections.
//
//   node test/bench/migrate.ts [--home DIR] [--events 50000]
//
// Without a home, of generated events. A table goes to stderr, JSON to stdout. It needs Java 17 and Maven.
import { parseArgs } from 'node:util';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { startCluster } from '../harness/cluster/cluster.ts';
import { answer, text } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { mixedEvent } from '../harness/mixed-events.ts';

/** Events that were appended at once. */
const BATCH = 500;

interface Migrated {
  verified: boolean;
  records: number;
  seconds: number;
  recordsPerSecond: number;
}

/** As many events of one stream follow each other as a service appends at once. */
async function fill(home: string, events: number): Promise<void> {
  const { log, codec, close } = await openStore(readConfig({ home }, {}), 'bench');
  for (let from = 0; from < events; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - from) }, (_, i) => mixedEvent(from + i));
    const records = batch.map(codec.encode).sort((a, b) => (a.topic < b.topic ? -1 : 1));
    await log.append(records);
  }
  await close();
}

const { values: options } = parseArgs({
  options: { home: { type: 'string' }, events: { type: 'string', default: '50000' } },
});
await using folder = await temporaryFolder('bench');
const home = options.home ?? folder.path;
if (options.home === undefined) await fill(home, Number(options.events));
await using cluster = await startCluster({ registry: true });
const environment = { EPOCHLOG_LOG: `kafka://${cluster.brokers}`, EPOCHLOG_REGISTRY: cluster.registryUrl };
await text(home, ['topics', 'apply'], environment);
await text(home, ['schemas', 'push'], environment);

async function measure(what: string) {
  const begun = performance.now();
  const migrated = await answer<Migrated>(home, ['migrate', '--to', 'kafka'], environment);
  if (!migrated.verified) throw new Error('the copy is not verified');
  const { records, seconds, recordsPerSecond } = migrated;
  const wholeSeconds = (performance.now() - begun) / 1_000;
  return { what, records, seconds, recordsPerSecond, wholeSeconds };
}

const measures = [await measure('copied and read back'), await measure('again: compared')];
for (const { what, records, seconds, recordsPerSecond, wholeSeconds } of measures) {
  console.error(
    `${what.padEnd(22)}${records} records, ${seconds.toFixed(1)} s, ${recordsPerSecond.toLocaleString('en')} records/s; ` +
      `the whole command ${wholeSeconds.toFixed(1)} s`,
  );
}
console.log(JSON.stringify(measures));
