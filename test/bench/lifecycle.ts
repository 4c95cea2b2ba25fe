/**
 * The whole lifecycle as a user runs it: wall time, CPU time, of all and of each kind of process, and the memory of all
 * its processes together.
 * `node test/bench/lifecycle.ts [--papers FILE] [--home FOLDER]`. Linux only (/proc).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cpuSeconds, family, memory, roleOf } from './processes.ts';

const SAMPLE_MS = 200;
/** of so many samples one is of pages that processes share: it costs as much as some of the work */
const SHARED_EVERY = 20;
const root = join(import.meta.dirname, '../..');

const { values } = parseArgs({ options: { papers: { type: 'string' }, home: { type: 'string' } } });
const home = values.home ?? (await mkdtemp(join(tmpdir(), 'epochlog-bench-')));

const started = performance.now();
const papers = values.papers ? ['--data', values.papers] : [];
const child = spawn(process.execPath, [join(root, 'cli/epochlog.js'), 'lifecycle', '--json', ...papers], {
  env: { ...process.env, EPOCHLOG_HOME: home },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
child.stdout.setEncoding('utf8').on('data', (text: string) => {
  output += text;
});
const peak = { rss: 0, pss: 0, of: {} as Record<string, number> };
/** of each process the seconds so far, when it was seen last: what it used in its last moments is missing */
const seconds = new Map<number, { role: string; cpu: number }>();
let samples = 0;
const timer = setInterval(() => {
  const processes = family(child.pid!);
  const rss: Record<string, number> = {};
  for (const pid of processes) {
    const role = seconds.get(pid)?.role ?? roleOf(pid);
    seconds.set(pid, { role, cpu: Math.max(seconds.get(pid)?.cpu ?? 0, cpuSeconds(pid)) });
    rss[role] = (rss[role] ?? 0) + memory(pid, 'Rss') / 1024;
  }
  const total = Object.values(rss).reduce((all, one) => all + one, 0);
  if (total > peak.rss) {
    peak.rss = total;
    peak.of = Object.fromEntries(Object.entries(rss).map(([role, mib]) => [role, Math.round(mib)]));
  }
  if (samples++ % SHARED_EVERY !== 0) return;
  peak.pss = Math.max(peak.pss, processes.reduce((sum, pid) => sum + memory(pid, 'Pss'), 0) / 1024);
}, SAMPLE_MS);
const [code] = await once(child, 'close');
clearInterval(timer);
const summary = code === 0 ? JSON.parse(output.trim().split('\n').at(-1)!) : { code, output };
const { user, system } = childUsage();
console.log(
  JSON.stringify(
    {
      wallSeconds: (performance.now() - started) / 1_000,
      cpuSeconds: user + system,
      cpuSecondsOf: byRole(),
      peakRssMiB: Math.round(peak.rss),
      peakRssMiBOf: peak.of,
      peakPssMiB: Math.round(peak.pss),
      events: summary.totals?.reduce((sum: number, { events }: { events: number }) => sum + events, 0),
      overall: summary.overall,
      latency: summary.latency,
      trainings: summary.trainings,
    },
    null,
    2,
  ),
);
if (values.home === undefined) await rm(home, { recursive: true, force: true });

function byRole(): Record<string, number> {
  const roles = Map.groupBy(seconds.values(), ({ role }) => role);
  const sumOf = (of: readonly { cpu: number }[]) => of.reduce((sum, { cpu }) => sum + cpu, 0);
  return Object.fromEntries([...roles].map(([role, of]) => [role, Number(sumOf(of).toFixed(1))]));
}

/** CPU seconds of the processes that ended, read from this process's own accounting of its children. */
function childUsage(): { user: number; system: number } {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return { user: Number(fields[13]) / 100, system: Number(fields[14]) / 100 };
}
