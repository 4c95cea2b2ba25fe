import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that runs a script of the project and reports on its standard output, in lines of JSON. */
export interface Child<Report> {
  readonly pid: number;
  /** what it has reported so far */
  readonly reports: readonly Report[];
  /** what it has written to its standard error so far */
  readonly stderr: string;
  /** resolves once it has reported so often; rejects, with what it wrote to stderr, when it ends before */
  reported(count: number): Promise<void>;
  /** resolves with the first report, of those so far and those to come, that is so; rejects likewise */
  said(isSo: (report: Report) => boolean): Promise<Report>;
  /** writes a line to its standard input */
  tell(line: string): void;
  /** kills it (kill -9), and resolves when it is gone and its last report is in */
  kill(): Promise<void>;
  /** resolves likewise, with the exit status; null when a signal ended it */
  readonly ended: Promise<number | null>;
}

/** Starts `node SCRIPT ARGS…`; `through` is a command that runs the one appended to it. */
export function startChild<Report>(
  script: URL,
  args: readonly string[],
  through: readonly string[] = [],
): Child<Report> {
  const [command, ...rest] = [...through, process.execPath, script.pathname, ...args];
  const child = spawn(command!, rest, { stdio: 'pipe' });
  const reports: Report[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  let unfinished = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (unfinished + text).split('\n');
    unfinished = lines.pop() ?? '';
    reports.push(...lines.map((line) => JSON.parse(line)));
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let isGone = false;
  const ended = once(child, 'close').then(() => {
    isGone = true;
    wake();
    return child.exitCode;
  });
  const untilNext = async () => {
    if (isGone) throw new Error(`the process ended after ${reports.length} reports: ${errors}`);
    await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return {
    pid: child.pid!,
    reports,
    get stderr() {
      return errors;
    },
    ended,
    async reported(count) {
      while (reports.length < count) await untilNext();
    },
    async said(isSo) {
      for (let i = 0; ; i++) {
        while (reports.length <= i) await untilNext();
        if (isSo(reports[i]!)) return reports[i]!;
      }
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What such a script reports with. */
export const report = (fields: object): void => void process.stdout.write(`${JSON.stringify(fields)}\n`);
