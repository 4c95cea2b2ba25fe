import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { type Finished, runCommand } from './runner.ts';
import { guarded } from './watchdog.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Changes the policy of a model, by default the lifecycle's: windows so small that a small corpus fills them, and a bound of
 * chance that its drift passes in them. Nothing is decided by how long predictions take, and no monitor looks each minute: on a
 * slow machine the guard would bring versions back, monitors would look, and two lifecycles would not have the same events.
 */
export async function smallWindows(
  home: string,
  environment?: Record<string, string>,
  model = 'arxiv-classifier',
): Promise<void> {
  const file = `${home}.policy.yaml`;
  const windows = 'drift: { window: 80, significance: 0.05 }\nquality: { window: 60 }\n';
  await writeFile(
    file,
    `${windows}guard: { p95Ms: null }\nmonitors: { latency: null, errorRate: null, lowConfidence: null }\n`,
  );
  await text(home, ['model', 'policy', model, file], environment);
}

/** Writes a generated corpus of January 2024 to June 2025 as a file of papers. */
export async function writeCorpus(path: string, papers: number): Promise<void> {
  const lines = Array.from(generateCorpus({ papers, from: '2024-01', to: '2025-06' }), (paper) =>
    JSON.stringify(paper),
  );
  await writeFile(path, `${lines.join('\n')}\n`);
}

export interface CommandOptions {
  stdout?: 'pipe' | 'ignore' | number;
  detached?: boolean;
  /** where it runs */
  cwd?: string;
  /** the folder of the project, when it is a copy */
  project?: string;
  /** a command that runs the one appended to it */
  through?: readonly string[];
}

/**
 * The `epochlog` command on a home, as its own process. Its standard output may go to a file descriptor instead;
 * detached, it has a process group of its own, to which `ctrlC` can send what a terminal sends.
 */
export function epochlog(
  home: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  { stdout = 'pipe', detached = false, cwd, project = root, through = [] }: CommandOptions = {},
): ChildProcess {
  const [command = '', ...rest] = [...through, process.execPath, join(project, 'cli/epochlog.js'), ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...variablesOf(home, environment) },
    stdio: ['ignore', stdout, 'pipe'],
    detached,
    cwd,
  });
  return guarded(child, { group: detached });
}

/** A terminal's Ctrl-C: it reaches all processes of a detached command. */
export const ctrlC = (child: ChildProcess): void => void process.kill(-child.pid!, 'SIGINT');

/** Resolves with the standard output of a command, from now on, once it matches; rejects when it ends before. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer | string) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
    child.once('close', () => reject(new Error(`the command ended without printing ${pattern}: ${text}`)));
  });
}

/** What a command printed, once it ended. */
export async function finished(child: ChildProcess): Promise<Finished> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, ...texts };
}

const variablesOf = (home: string, environment: Record<string, string> = {}) => ({
  EPOCHLOG_HOME: home,
  EPOCHLOG_LOG_LEVEL: 'silent',
  ...environment,
});

/**
 * What a command printed, once it ended. It shares its process with other commands, which saves most of the time of a
 * start; a test of a process (its signals, descriptors, logs, memory) takes `finished(epochlog(…))`.
 */
export const run = (
  home: string,
  args: readonly string[],
  environment?: Record<string, string>,
  cwd?: string,
): Promise<Finished> =>
  isForNode(environment)
    ? finished(epochlog(home, args, environment, { ...(cwd !== undefined && { cwd }) }))
    : runCommand({ args, variables: variablesOf(home, environment), cwd });

/** Node reads its own variables when a process starts. */
const isForNode = (environment: Record<string, string> = {}): boolean =>
  Object.keys(environment).some((name) => name.startsWith('NODE_'));

/** Runs a command that must succeed and returns what it printed. */
export async function text(
  home: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<string> {
  const { code, stdout, stderr } = await run(home, args, environment);
  if (code !== 0) throw new Error(`epochlog ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Likewise with --json: what its lines say. */
export async function answers<T>(
  home: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<T[]> {
  const lines = (await text(home, [...args, '--json'], environment)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Likewise, the last line. */
export async function answer<T>(
  home: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<T> {
  const all = await answers<T>(home, args, environment);
  return all.at(-1) ?? raise(`epochlog ${args.join(' ')} printed nothing`);
}

function raise(message: string): never {
  throw new Error(message);
}
