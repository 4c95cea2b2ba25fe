import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { guarded } from './watchdog.ts';

/** A child process that runs a script of the project and reports on standard output, in lines of JSON. */
export interface Child<Report> {
  readonly pid: number;
  /** reports so far */
  readonly reports: readonly Report[];
  /** standard error so far */
  readonly stderr: string;
  /** resolves after so many reports; rejects, with its standard error, when it ends before */
  reported(count: number): Promise<void>;
  /** resolves with the first report, past or future, that satisfies the predicate; rejects in the same way */
  said(isSo: (report: Report) => boolean): Promise<Report>;
  /** writes a line to its standard input */
  tell(line: string): void;
  /** kills it (kill -9); resolves when it has ended and its last report is read */
  kill(): Promise<void>;
  /** resolves when it has ended, with the exit code; null after a signal */
  readonly ended: Promise<number | null>;
}

/** Starts `node SCRIPT ARGS…`; `through` is a command that runs the one appended to it. */
export function startChild<Report>(
  script: URL,
  args: readonly string[],
  through: readonly string[] = [],
): Child<Report> {
  const [command, ...rest] = [...through, process.execPath, script.pathname, ...args];
  const child = guarded(spawn(command!, rest, { stdio: 'pipe' }));
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

let isFirst = true;

/** Writes a report; for the script in the child process. */
export function report(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
  if (isFirst) flushCompileCache(); // many children are killed, and write nothing at their end
  isFirst = false;
}
