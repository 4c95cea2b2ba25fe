// How long commands take to start beside a long log: `up` until it is ready, and commands that only read.
//
//   node test/bench/startup.ts [--events 10000,100000,1000000] [--papers FILE] [--rounds 3] [--beside CHECKOUT]
//
// The log holds events of papers (generated ones without a file), three of each: it is ingested, accepted as a sample, and
// predicted; all services have processed them. The first `up` projects them and folds all states; the others find them
// saved. Measured are medians of wall seconds, CPU seconds of all processes of the command and of its main process alone, and the
// memory (RSS) of all processes of `up`, Linux only. With another checkout of epochlog its `up` starts in turn with this one's, on the
// same home: on a busy machine only the ratio of the two counts. A table goes to stderr, JSON to stdout.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../harness/folder.ts';
import { papersFrom } from './facts.ts';
import { fillHome } from './home.ts';
import { cpuSeconds, family, memory } from './processes.ts';

const HERE = join(import.meta.dirname, '../..');
const READY = /epochlog is up at (\S+)/;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000,100000,1000000' },
    papers: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    beside: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const papers = await papersFrom(values.papers);

const run = (home: string, args: readonly string[], checkout = HERE): ChildProcess =>
  spawn(process.execPath, [join(checkout, 'cli/epochlog.js'), ...args], {
    env: { ...process.env, EPOCHLOG_HOME: home, EPOCHLOG_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

interface Start {
  seconds: number;
  cpuSeconds: number;
  mainCpuSeconds: number;
  rssMiB: number;
}

async function up(home: string, checkout = HERE): Promise<Start> {
  const started = performance.now();
  const child = run(home, ['up'], checkout);
  let output = '';
  for await (const chunk of child.stdout!.setEncoding('utf8')) {
    output += chunk;
    if (READY.test(output)) break;
  }
  const seconds = (performance.now() - started) / 1_000;
  const processes = family(child.pid!);
  const cpu = processes.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const mainCpuSeconds = cpuSeconds(child.pid!);
  const rssMiB = processes.reduce((sum, pid) => sum + memory(pid, 'Rss'), 0) / 1_024;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { seconds, cpuSeconds: cpu, mainCpuSeconds, rssMiB };
}

async function command(home: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = run(home, args);
  child.stdout!.resume();
  await once(child, 'exit');
  return (performance.now() - started) / 1_000;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function repeated(measure: () => Promise<number>): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) seconds.push(await measure());
  return median(seconds);
}

const mediansOf = (starts: readonly Start[]): Start => ({
  seconds: median(starts.map(({ seconds }) => seconds)),
  cpuSeconds: median(starts.map((start) => start.cpuSeconds)),
  mainCpuSeconds: median(starts.map((start) => start.mainCpuSeconds)),
  rssMiB: median(starts.map(({ rssMiB }) => rssMiB)),
});

const results = [];
for (const events of values.events.split(',').map(Number)) {
  await using folder = await temporaryFolder('startup');
  const id = await fillHome(folder.path, events, papers);
  const first = await up(folder.path);
  const later: Start[] = [];
  const beside: Start[] = [];
  if (values.beside !== undefined) await up(folder.path, values.beside); // it saves states of its own
  for (let round = 0; round < rounds; round++) {
    later.push(await up(folder.path));
    if (values.beside !== undefined) beside.push(await up(folder.path, values.beside));
  }
  const result = {
    events,
    first,
    later: mediansOf(later),
    ...(beside.length > 0 && { beside: mediansOf(beside) }),
    history: await repeated(() => command(folder.path, ['history'])),
    correlation: await repeated(() => command(folder.path, ['events', '--correlation', id])),
    type: await repeated(() => command(folder.path, ['events', '--type', 'ModelDeclared'])),
    query: await repeated(() => command(folder.path, ['sql', 'SELECT count() FROM events'])),
    modelList: await repeated(() => command(folder.path, ['model', 'list'])),
  };
  results.push(result);
  console.error(result);
}
console.log(JSON.stringify(results, null, 2));
