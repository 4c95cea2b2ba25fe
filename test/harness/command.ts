import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateCorpus } from '../../ml/corpus/generate.ts';

const root = join(import.meta.dirname, '../..');

/** Windows small enough for a small corpus to drift in. */
export const SMALL_WINDOWS = {
  EPOCHLOG_MONITOR_DRIFT_WINDOW: '80',
  EPOCHLOG_MONITOR_ACCURACY_WINDOW: '60',
};

/** Writes a generated corpus of January 2024 to June 2025 as a file of papers. */
export async function writeCorpus(path: string, papers: number): Promise<void> {
  const lines = Array.from(generateCorpus({ papers, from: '2024-01', to: '2025-06' }), (paper) =>
    JSON.stringify(paper),
  );
  await writeFile(path, `${lines.join('\n')}\n`);
}

/** The `epochlog` command on a home, as its own process. */
export function epochlog(
  home: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [join(root, 'cli/epochlog.js'), ...args], {
    env: { ...process.env, EPOCHLOG_HOME: home, EPOCHLOG_LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export interface Finished {
  /** null when a signal ended it */
  code: number | null;
  stdout: string;
  stderr: string;
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

/** Runs a command that must succeed and returns the last JSON line it printed. */
export async function answer<T>(
  home: string,
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<T> {
  const { code, stdout, stderr } = await finished(epochlog(home, [...args, '--json'], environment));
  if (code !== 0) throw new Error(`epochlog ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
