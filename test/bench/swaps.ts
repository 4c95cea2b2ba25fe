// Whether swapping the version in production again and again loses requests, or memory: `up` on a home of its own.
//
//   node test/bench/swaps.ts [--swaps 100] [--callers 4]
//
// Two versions of a toy model are promoted in turn, while callers ask one request after the other. Memory is RSS by what Linux
// says, of all processes of `up` that are not the warehouse's. A table goes to stderr, JSON to stdout. Linux.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { epochlog } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { fillWithVersions } from '../harness/rollouts.ts';
import { family, memory } from './processes.ts';

const { values } = parseArgs({
  options: { swaps: { type: 'string', default: '100' }, callers: { type: 'string', default: '4' } },
});
const [swaps, callers] = [Number(values.swaps), Number(values.callers)];
const VERSIONS = ['v1.1.0', 'v1.0.0'];
const WAIT_S = 30;

await using home = await temporaryFolder('epochlog-swaps-');
await fillWithVersions(home.path, 'rollout: { strategy: immediate }\n');
const up = epochlog(home.path, ['up', '--json'], { EPOCHLOG_PORT: '0', EPOCHLOG_LOG_LEVEL: 'error' });
up.stderr?.resume();
try {
  const [line] = (await once(createInterface({ input: up.stdout! }), 'line')) as [string];
  const { url } = JSON.parse(line);
  const post = (path: string, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  let isDone = false;
  const answered = new Map<string, number>();
  let failed = 0;
  const call = async (): Promise<void> => {
    while (!isDone) {
      const response = await post('/v1/predict', {
        model: 'toy',
        instance: { title: 'wing', abstract: 'x' },
      });
      const { version } = (await response.json()) as { version?: string };
      if (response.ok && version) answered.set(version, (answered.get(version) ?? 0) + 1);
      else failed += 1;
    }
  };
  const ready = async () =>
    (await post('/v1/predict', { model: 'toy', instance: { title: 'a', abstract: 'b' } })).ok;
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 100));
  const calls = Promise.all(Array.from({ length: callers }, call));

  const samples: { swaps: number; rssMiB: number; inferenceMiB: number }[] = [];
  const sample = (done: number) => {
    const named = family(up.pid!).map((pid) => ({ pid, command: commandOf(pid) }));
    const own = named.filter(({ command }) => !command.includes('/warehouse/'));
    const total = (pids: { pid: number }[]) =>
      pids.reduce((sum, { pid }) => sum + memory(pid, 'Rss'), 0) / 1024;
    const inference = own.filter(({ command }) => command.includes('/inference/'));
    samples.push({ swaps: done, rssMiB: total(own), inferenceMiB: total(inference) });
    const { rssMiB, inferenceMiB } = samples.at(-1)!;
    console.error(
      `${String(done).padStart(4)} swaps  ${rssMiB.toFixed(0)} MiB, inference ${inferenceMiB.toFixed(0)} MiB`,
    );
  };
  const seconds: number[] = [];
  sample(0);
  for (let swap = 1; swap <= swaps; swap++) {
    const version = VERSIONS[(swap - 1) % 2]!;
    const began = performance.now();
    const asked = await post('/v1/promotions', {
      model: 'toy',
      version,
      reason: 'bench',
      requestedBy: 'bench',
    });
    if (asked.status !== 202) throw new Error(await asked.text());
    const before = answered.get(version) ?? 0;
    while ((answered.get(version) ?? 0) < before + callers) {
      if (performance.now() - began > WAIT_S * 1_000) throw new Error(`${version} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    seconds.push((performance.now() - began) / 1_000);
    if (swap % Math.max(1, Math.floor(swaps / 10)) === 0) sample(swap);
  }
  isDone = true;
  await calls;
  const requests = [...answered.values()].reduce((sum, count) => sum + count, 0);
  const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!;
  console.error(`${requests} answers, ${failed} failed; a swap takes ${median.toFixed(2)} s (median)`);
  console.log(JSON.stringify({ swaps, callers, requests, failed, median, samples }));
} finally {
  up.kill('SIGTERM');
  await once(up, 'exit');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
