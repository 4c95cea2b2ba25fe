// MLflow's own tests of its REST API and its stores, run against epochlog: what passes, what fails, and why.
//
//   node test/bench/mlflow-tests.ts [--clone FOLDER.git] [--show] [--keep RESULTS.jsonl] [-- PYTEST OPTIONS]
//
// The tests come from MLflow's repository at a pinned commit, or from a clone of it, into .cache/; the client is the pinned package of
// requirements.txt. Each test gets a server without runs. Tests of what epochlog does not have (traces, the AI gateway, …) are left out, and counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../harness/folder.ts';
import { freshServers } from '../interop/mlflow/upstream/servers.ts';
import { mlflowTests } from '../interop/mlflow/upstream/sources.ts';
import { pythonWith } from '../interop/python.ts';

const PLUGIN = join(import.meta.dirname, '../interop/mlflow/upstream');
const FILES = [
  'tests/tracking/test_rest_tracking.py',
  'tests/tracking/test_model_registry.py',
  'tests/tracking/test_tracking.py',
  'tests/tracking/fluent/test_fluent.py',
  'tests/store/tracking/sqlalchemy_store/test_sqlalchemy_store.py',
  'tests/store/model_registry/test_sqlalchemy_store.py',
];

interface Result {
  readonly test: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'outside';
  readonly message: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clone: { type: 'string' },
    keep: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

const requirements = join(import.meta.dirname, '../interop/mlflow/requirements.txt');
const [python, tests] = await Promise.all([pythonWith(requirements), mlflowTests(values.clone)]);
await using folder = await temporaryFolder('mlflow-tests');
await using servers = await freshServers();
const results = values.keep ?? join(folder.path, 'results.jsonl');
const chosen = positionals.length > 0 ? positionals : FILES;
const pytest = ['-m', 'pytest', '-c', '/dev/null', '--rootdir', tests, '-p', 'plugin', '-q', '--tb=short'];
const child = spawn(python, [...pytest, '--timeout', '120', ...chosen], {
  cwd: tests,
  env: {
    ...process.env,
    ...{ PYTHONPATH: `${tests}:${PLUGIN}`, PYTHONDONTWRITEBYTECODE: '1', CI: 'false' },
    ...{ EPOCHLOG_CONTROL: servers.url, EPOCHLOG_RESULTS: results },
    ...{ MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1' },
  },
  stdio: ['ignore', values.show ? 'inherit' : 'ignore', 'inherit'],
});
const [code] = await once(child, 'exit');
const lines = (await readFile(results, 'utf8')).trim().split('\n');
report(lines.map((line): Result => JSON.parse(line)));
if (code > 1) throw new Error(`pytest ended with ${code}: give --show`);

function report(all: readonly Result[]): void {
  const outcomes = ['passed', 'failed', 'skipped', 'outside'] as const;
  const count = (of: readonly Result[]) =>
    outcomes.map((outcome) =>
      String(of.filter((one) => one.outcome === outcome).length).padStart(outcome.length),
    );
  console.log(`${'file'.padEnd(66)} ${outcomes.join('  ')}`);
  const files = Map.groupBy(all, ({ test }) => test.split('::', 1)[0]!);
  for (const [file, of] of files) console.log(`${file.padEnd(66)} ${count(of).join('  ')}`);
  console.log(`${'all'.padEnd(66)} ${count(all).join('  ')}\n`);
  for (const { outcome, test, message } of all)
    if (outcome === 'failed') console.log(`${test}\n    ${message.replaceAll('\n', '\n    ')}`);
}
