/**
 * Three tasks live in one log at the same time, each month by month: papers, a table of the shipped generator, and
 * flights that one YAML file declares. Prints for each its months, versions, drift alerts, trainings and its primary
 * metric beside that of the first version frozen, and whether anything crosses.
 * `node test/bench/proof.ts --papers FILE --flights FILE [--table ad-score] [--home FOLDER]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { Summary } from '../../operations/lifecycle/summary.ts';
import { answer, answers, ctrlC, epochlog, finished, printed } from '../harness/command.ts';
import { CROSSINGS_SQL, learntBy } from '../harness/crossings.ts';

const { values } = parseArgs({
  options: {
    papers: { type: 'string' },
    flights: { type: 'string' },
    table: { type: 'string', default: 'ad-score' },
    home: { type: 'string' },
  },
});
const { papers, flights, table } = values;
if (papers === undefined || flights === undefined)
  throw new Error('--papers FILE and --flights FILE are needed');

const EXAMPLE = join(import.meta.dirname, '../../docs/examples/flights');
const home = values.home ?? (await mkdtemp(join(tmpdir(), 'epochlog-proof-')));
const LIFECYCLES = [
  ['--data', papers],
  ['--model', table],
  ['--model', join(EXAMPLE, 'model.yaml'), '--data', flights, '--cut', '2013-07-01'],
];

async function run(args: readonly string[]): Promise<Summary & { seconds: number }> {
  const child = epochlog(home, ['lifecycle', '--json', ...args]);
  const { code, stdout, stderr } = await finished(child);
  if (code !== 0) throw new Error(`lifecycle ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

const rows = <T>(sql: string) => answers<T>(home, ['sql', sql]);

/** Log loss and AUROC of what was predicted, of models with two classes: accuracy says little of unequal ones. */
async function twoClasses(model: string, positive: string) {
  const [row] = await rows<{ log_loss: number; auroc: number }>(`
    SELECT avg(-log(greatest(scores[truth], 1e-12))) AS log_loss,
           arrayAUC(groupArray(scores['${positive}']), groupArray(truth = '${positive}')) AS auroc
    FROM (SELECT request_id, argMax(label, offset) AS truth FROM outcomes GROUP BY request_id) AS t
    INNER JOIN predictions AS p ON p.request_id = t.request_id WHERE p.model = '${model}'`);
  const [first] = await rows<{ log_loss: number }>(`
    SELECT sum(metrics['logLoss'] * samples) / sum(samples) AS log_loss FROM evaluations
    WHERE startsWith(evaluation_id, 'lifecycle-${model}-first-') AND status = 'completed'`);
  return { ...row, firstLogLoss: first?.log_loss };
}

const up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' }, { detached: true });
await printed(up, /\n/);
await answer(home, ['task', 'declare', join(EXAMPLE, 'task.yaml')]);
const started = performance.now();
const lives = await Promise.all(LIFECYCLES.map(run));
console.log(`three lifecycles at once: ${((performance.now() - started) / 1_000).toFixed(0)} s`);

for (const { model, metric, months, decisions, trainings, overall, seconds } of lives) {
  const [alerts] = await rows<{ n: number }>(`
    SELECT count() AS n FROM events WHERE type = 'AlertRaised' AND JSONExtractString(data, 'model') = '${model}'`);
  const counted = (change: string) => decisions.filter((decision) => decision.change === change).length;
  console.log(
    JSON.stringify({
      model,
      months: months.length,
      records: months.reduce((sum, month) => sum + month.records, 0),
      registered: counted('registered'),
      promoted: counted('promoted'),
      alerts: alerts?.n,
      monthsWithDrift: months.filter(({ drift }) => drift.some(({ drifted }) => drifted.length > 0)).length,
      trainings: trainings.length,
      metric,
      production: overall.production,
      firstVersion: overall.firstVersion,
      seconds: Math.round(seconds),
    }),
  );
}
console.log(JSON.stringify({ 'late-flights': await twoClasses('late-flights', 'late') }));
for (const { what, rows: n } of await rows<{ what: string; rows: number }>(CROSSINGS_SQL))
  console.log(`${n} ${what}`);

const end = finished(up);
ctrlC(up);
await end;
const store = await openStore(readConfig({ home }, {}), 'bench');
const learnt = await learntBy(store);
await store.close();
for (const [model, ids] of learnt) {
  const shared = [...learnt]
    .filter(([other]) => other !== model)
    .reduce((n, [, others]) => n + ids.intersection(others).size, 0);
  console.log(`${model}: ${ids.size} samples in its datasets, ${shared} of them in those of another model`);
}
if (values.home === undefined) await rm(home, { recursive: true, force: true });
