/**
 * A year in the life of a model, simulated: node test/bench/year.ts --papers FILE [--weeks 52] [--training '0 6 * * 1'] [--kills 20] [--seconds 15]
 *
 * All services run in one process, on an embedded log and warehouse, with a clock that moves when nothing is left to do. Schedules ask
 * for a collection and a drift check each week, a report each month and, with --training, for trainings (cron, such as each Monday);
 * without it, trainings come as the policy triggers them: by growth, drift and alerts. Each promotion is a canary. People are told on a
 * webhook. Then the same is simulated again and killed, --kills times, each at a random moment of the first --seconds after a
 * start; the events must be the same. Progress goes to stderr, JSON to stdout. Linux.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../ml/random.ts';
import type { LoggedEvent } from '../../schemas/catalogue.ts';
import { receiver, status } from '../../services/notifier/fixtures.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { canonicalSimulation, differencesOf } from '../harness/year/canonical.ts';
import { simulate, simulateKilled } from '../harness/year/run.ts';
import { simulationOf } from '../harness/year/simulation.ts';

const { values } = parseArgs({
  options: {
    papers: { type: 'string' },
    from: { type: 'string', default: '2025-09-01' },
    weeks: { type: 'string', default: '52' },
    training: { type: 'string' },
    kills: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.papers === undefined) throw new Error('name a file of records: --papers FILE');

await using folder = await temporaryFolder('year');
await using to = await receiver(status(204));
const simulation = await simulationOf(folder.path, {
  ...{ records: values.papers, from: values.from, weeks: Number(values.weeks) },
  ...{ training: values.training ?? null, stages: [25, 50], minimumSamples: 5, webhook: to.url },
});

const whole = join(folder.path, 'whole');
const [started, cpuBefore] = [performance.now(), childrenCpu()];
await simulate(whole, simulation, (line) => console.error(line));
const seconds = (performance.now() - started) / 1_000;
const cpuSeconds = childrenCpu() - cpuBefore;
const expected = await canonicalSimulation(whole);
const delivered = to.received.length;
console.error(`${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of CPU`);

const killed = join(folder.path, 'killed');
const random = seededRandom(Number(values.seed));
const moment = () => sleep(random() * Number(values.seconds) * 1_000);
const moments = Array.from({ length: Number(values.kills) }, () => moment);
const kills =
  moments.length === 0
    ? 0
    : await simulateKilled(killed, simulation, moments, random, (kill) => console.error(`kill ${kill}`));
const differences = kills === 0 ? [] : differencesOf(expected, await canonicalSimulation(killed));
console.log(
  JSON.stringify(
    {
      ...{ weeks: simulation.weeks, training: simulation.training, seconds, cpuSeconds },
      events: Object.fromEntries(countsOf(expected)),
      accuracy: accuracyOf(expected),
      notifications: { sent: countsOf(expected).get('NotificationSent') ?? 0, delivered },
      killed: { kills, equal: kills === 0 ? null : differences.length === 0, differences },
      deliveredWithKills: to.received.length - delivered,
    },
    null,
    2,
  ),
);

function countsOf(events: readonly LoggedEvent[]): Map<string, number> {
  return new Map([...Map.groupBy(events, ({ type }) => type)].map(([type, of]) => [type, of.length]));
}

/** Of the predictions with a true label, the share that was right. */
function accuracyOf(events: readonly LoggedEvent[]): number {
  const truths = new Map<string, string | null>();
  for (const { type, data } of events) if (type === 'OutcomeReported') truths.set(data.requestId, data.label);
  const answers = events.flatMap(({ type, data }) => (type === 'PredictionServed' ? [data] : []));
  const known = answers.filter(({ requestId }) => truths.has(requestId));
  return known.filter(({ requestId, label }) => truths.get(requestId) === label).length / known.length;
}

/** CPU seconds of the processes that have ended and were waited for. */
function childrenCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
