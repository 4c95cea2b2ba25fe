/**
 * Where the CPU time of the lifecycle goes: `node test/bench/profile.ts [--papers FILE] [--profiles FOLDER] [--top 40]`.
 *
 * It runs the lifecycle with V8's sampling profiler in every Node process of it, and adds their samples: by process, by
 * folder of this project or package, and by function, alone and with what it calls. ClickHouse and what else is no JavaScript
 * counts in the first table alone. With --profiles the profiles are kept there; a folder that holds some already is read,
 * and nothing runs. Linux, for the CPU time of the processes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
/** of the names of folders */
const MAX_DEPTH = 2;

const { values } = parseArgs({
  options: {
    papers: { type: 'string' },
    profiles: { type: 'string' },
    top: { type: 'string', default: '40' },
  },
});

/** What V8 writes: nodes of the tree of calls, and which of them each sample hit. */
interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  /** microseconds since the sample before */
  timeDeltas: number[];
}

interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** Seconds by name. */
type Seconds = Map<string, number>;

async function main(): Promise<void> {
  const folder = values.profiles ?? (await mkdtemp(join(tmpdir(), 'epochlog-profile-')));
  if (!existsSync(folder) || (await readdir(folder)).length === 0) await runLifecycle(folder);
  const [processes, folders, alone, inclusive] = [new Map(), new Map(), new Map(), new Map()] as Seconds[];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))) {
    const profile: Profile = JSON.parse(await readFile(join(folder, name), 'utf8'));
    addProfile(profile, { processes: processes!, folders: folders!, alone: alone!, inclusive: inclusive! });
  }
  print('processes, by their main file', processes!);
  print('folders', folders!);
  print('functions, alone', alone!);
  print('functions, with what they call', inclusive!);
  if (values.profiles === undefined) await rm(folder, { recursive: true, force: true });
}

async function runLifecycle(profiles: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'epochlog-profiled-'));
  const papers = values.papers ? ['--data', values.papers] : [];
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), 'lifecycle', '--json', ...papers], {
    env: { ...process.env, EPOCHLOG_HOME: home, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the lifecycle ended with ${code}`);
  await rm(home, { recursive: true, force: true });
}

interface Tables {
  processes: Seconds;
  folders: Seconds;
  alone: Seconds;
  inclusive: Seconds;
}

function addProfile({ nodes, samples, timeDeltas }: Profile, tables: Tables): void {
  const self = new Map<number, number>();
  for (const [i, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + timeDeltas[i]! / 1e6);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let busy = 0;
  const visit = (id: number, callers: ReadonlySet<string>): number => {
    const { callFrame, children = [] } = byId.get(id)!;
    const name = nameOf(callFrame);
    const inside = callers.has(name) ? callers : new Set(callers).add(name);
    const own = callFrame.functionName === '(idle)' ? 0 : (self.get(id) ?? 0);
    let total = own;
    for (const child of children) total += visit(child, inside);
    busy += own;
    add(tables.folders, folderOf(callFrame), own);
    add(tables.alone, name, own);
    if (!callers.has(name)) add(tables.inclusive, name, total); // a recursive call is counted once
    return total;
  };
  visit(nodes[0]!.id, new Set());
  const main = nodes.find(({ callFrame: { url, functionName } }) => functionName === '' && isOwn(url));
  add(tables.processes, main ? pathOf(main.callFrame.url) : 'other', busy);
}

function add(table: Seconds, name: string, seconds: number): void {
  table.set(name, (table.get(name) ?? 0) + seconds);
}

const isOwn = (url: string): boolean => url.startsWith('file:') && !url.includes('/node_modules/');

function pathOf(url: string): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const [, inPackages] = path.split(/node_modules\/(?!.*node_modules\/)/);
  return inPackages ?? (path.startsWith(ROOT) ? path.slice(ROOT.length + 1) : path);
}

const nameOf = ({ functionName, url, lineNumber }: Frame): string =>
  `${functionName || '(anonymous)'} ${url ? `${pathOf(url)}:${lineNumber + 1}` : ''}`;

function folderOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return url;
  return pathOf(url).split('/').slice(0, -1).slice(0, MAX_DEPTH).join('/');
}

function print(title: string, table: Seconds): void {
  const rows = [...table].sort(([, a], [, b]) => b - a).slice(0, Number(values.top));
  const all = [...table.values()].reduce((sum, seconds) => sum + seconds, 0);
  console.log(`\n${title}${title.includes('with') ? '' : ` (${all.toFixed(1)} s)`}`);
  for (const [name, seconds] of rows) console.log(`${seconds.toFixed(2).padStart(8)}  ${name}`);
}

await main();
