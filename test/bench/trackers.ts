// What tracking costs in the Python process that trains: Trackio, and MLflow's client against epochlog; with
// `--server` also against MLflow's own server, which takes minutes.
//
//   node test/bench/trackers.ts [--rounds 3] [--server]
//
// Each of a process of its own, one after the other: the import, the begin of a run, 1,000 steps of two metrics, the end. Medians of the
// rounds, in seconds, go to stderr, JSON to stdout. Trackio answers before anything is stored, MLflow's client when the server
// has stored it, which for epochlog means on the disk. Trackio and MLflow come from PyPI into .cache/.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { temporaryFolder } from '../harness/folder.ts';
import { pythonWith } from '../interop/python.ts';
import { pythonWithTrackio } from './python.ts';
import { startEpochlog, startMlflow } from './tracking-servers.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, server: { type: 'boolean', default: false } },
});
const SCRIPT = join(import.meta.dirname, 'trackers-contestant.py');
const STEPS = ['import', 'init', 'log', 'end'] as const;

type Seconds = Readonly<Record<(typeof STEPS)[number], number>>;

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** The medians of the rounds of a contestant. */
async function secondsOf(python: string, how: string, environment: Record<string, string>): Promise<Seconds> {
  const rounds: Seconds[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const env = {
      ...process.env,
      ...{ GIT_PYTHON_REFRESH: 'quiet', MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONWARNINGS: 'ignore' },
      ...environment,
    };
    const { stdout } = await promisify(execFile)(python, [SCRIPT, how], { env });
    rounds.push(JSON.parse(stdout.trim().split('\n').at(-1)!));
  }
  const of = (step: (typeof STEPS)[number]) => median(rounds.map((round) => round[step]));
  return { import: of('import'), init: of('init'), log: of('log'), end: of('end') };
}

const figures: Record<string, Seconds> = {};

function tell(name: string, seconds: Seconds): void {
  figures[name] = seconds;
  const columns = STEPS.map((step) => `${step} ${seconds[step].toFixed(3).padStart(8)}`);
  console.error(`${name.padEnd(28)} ${columns.join('  ')}`);
}

await using folder = await temporaryFolder('trackers');
const trackio = pythonWithTrackio();
tell(
  'trackio',
  await secondsOf(trackio, 'trackio', {
    ...{ TRACKIO_DIR: join(folder.path, 'trackio'), HF_HUB_OFFLINE: '1', GRADIO_ANALYTICS_ENABLED: 'False' },
  }),
);
const python = await pythonWith(join(import.meta.dirname, '../interop/mlflow/requirements.txt'));
for (const [name, start] of [
  ['epochlog', startEpochlog],
  ...(values.server ? [['mlflow server', (cwd: string) => startMlflow(python, cwd)] as const] : []),
] as const) {
  await using server = await start(folder.path);
  for (const how of ['mlflow', 'mlflow-async', 'mlflow-batch', 'http'])
    tell(`${how} → ${name}`, await secondsOf(python, how, { MLFLOW_TRACKING_URI: server.url }));
}
console.log(JSON.stringify(figures));
