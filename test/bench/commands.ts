// How long each command takes that reads: without and with `up` running.
//
//   node test/bench/commands.ts [--home FOLDER] [--rounds 5]
//
// Without a home, one is made by `lifecycle` on generated records (some 12,000 events). Measured are, of so many calls
// after a first one, the least wall seconds (what the machine does besides only adds to them) and the median CPU seconds.
// A table goes to stderr, JSON to stdout.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../harness/folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'cli/epochlog.js');

const { values } = parseArgs({
  options: { home: { type: 'string' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);

/** Commands that need no service, those that read the projections, and one that the predictor answers. */
const COMMANDS: readonly (readonly string[])[] = [
  ['--version'],
  ['--help'],
  ['train', '--help'],
  ['completion', 'bash'],
  ['doctor'],
  ['schemas', 'check'],
  ['status'],
  ['task', 'list'],
  ['model', 'list'],
  ['model', 'show', 'arxiv-classifier'],
  ['model', 'policy', 'arxiv-classifier'],
  ['version', 'card'],
  ['history'],
  ['events'],
  ['events', '--type', 'VersionPromoted'],
  ['dlq', 'list'],
  ['predict', '--title', 'On joins', '--version', 'v1.0.0'],
  ['version', 'list'],
  ['run', 'list'],
  ['dataset', 'list'],
  ['alert', 'list'],
  ['sql', 'SELECT count() FROM events'],
  ['predict', '--title', 'On joins'],
];

interface Time {
  seconds: number;
  cpuSeconds: number;
}

const environment = (home: string) => ({ ...process.env, EPOCHLOG_HOME: home, EPOCHLOG_PORT: '0' });

/** What `time` of the shell says of a command. */
function timed(home: string, args: readonly string[]): Time {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null 2>&1';
  const said = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, 'bash', process.execPath, CLI, ...args], {
    env: environment(home),
    encoding: 'utf8',
  });
  const [seconds = 0, user = 0, system = 0] = said.trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user + system };
}

function measured(home: string, args: readonly string[]): Time {
  timed(home, args); // fills the compile cache
  const times = Array.from({ length: rounds }, () => timed(home, args));
  const cpu = times.map(({ cpuSeconds }) => cpuSeconds).sort((a, b) => a - b);
  return {
    seconds: Math.min(...times.map(({ seconds }) => seconds)),
    cpuSeconds: cpu[Math.floor(cpu.length / 2)] ?? 0,
  };
}

async function up(home: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CLI, 'up'], {
    env: environment(home),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout!.setEncoding('utf8')) if (/epochlog is up/.test(chunk)) break;
  return child;
}

await using folder = values.home === undefined ? await temporaryFolder('commands-bench') : null;
const home = values.home ?? join(folder!.path, 'home');
if (folder) {
  execFileSync(process.execPath, [CLI, 'lifecycle', '--json'], { env: environment(home), stdio: 'ignore' });
}
const alone = COMMANDS.map((args) => measured(home, args));
const running = await up(home);
const beside = COMMANDS.map((args) => measured(home, args));
running.kill('SIGTERM');
await once(running, 'exit');
const results = COMMANDS.map((args, i) => ({ command: args.join(' '), alone: alone[i], beside: beside[i] }));
console.error(
  results
    .map(({ command, alone, beside }) =>
      [
        command.padEnd(46),
        ...[alone?.seconds, alone?.cpuSeconds, beside?.seconds, beside?.cpuSeconds].map((value = 0) =>
          value.toFixed(2).padStart(6),
        ),
      ].join(' '),
    )
    .join('\n'),
);
console.log(JSON.stringify(results, null, 2));
