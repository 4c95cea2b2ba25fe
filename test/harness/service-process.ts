import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochlog, finished, printed } from './command.ts';
import type { Finished } from './runner.ts';

/** for a start: when it hangs, the error says what it waits for, where the limit of a test would not */
const MAX_START_MS = 240_000;
const AT_A_TIME = 4;

/** A running `epochlog service NAME`. */
export interface ServiceProcess extends AsyncDisposable {
  name: string;
  url: string;
  child: ChildProcess;
  /** Stops it with SIGTERM; returns its exit code, null when it was killed. */
  stop(): Promise<number | null>;
  /** The sum of a metric's samples whose labels hold this text. */
  metric(name: string, labels?: string): Promise<number>;
}

/** A log line about a backend that the service waits for. */
interface Waiting {
  code: string;
  /** of its health routes meanwhile */
  url: string;
}

/** A starting `epochlog service NAME`. */
export interface StartingService extends AsyncDisposable {
  /** the backends that it has logged to wait for */
  readonly waiting: readonly Waiting[];
  /** Resolves when it logs that it waits, with this error code. */
  waits(code: string): Promise<Waiting>;
  /** Resolves when it runs or is a standby; rejects when it ends before. */
  running(): Promise<ServiceProcess>;
  readonly ended: Promise<Finished>;
  stop(): Promise<number | null>;
}

/** Starts a service in a separate process. */
export function beginService(
  name: string,
  home: string,
  environment: Record<string, string>,
): StartingService {
  const child = epochlog(home, ['service', name, '--json'], {
    EPOCHLOG_PORT: '0',
    EPOCHLOG_LOG_LEVEL: 'warn',
    ...environment,
  });
  const ended = finished(child);
  const answered = printed(child, /\n/);
  answered.catch(() => {}); // reported to those who await it
  const waiting: Waiting[] = [];
  let said = '';
  const lines = createInterface({ input: child.stderr! });
  lines.on('line', (line) => {
    waiting.push(...waitingIn(line));
    said += `${line}\n`;
  });
  const waits = (code: string) =>
    new Promise<Waiting>((resolve) => {
      const look = () => {
        const found = waiting.find((said) => said.code === code);
        if (found) resolve(found);
      };
      lines.on('line', look);
      look();
    });
  const stop = async () => {
    child.kill('SIGTERM');
    return (await ended).code;
  };
  const endedEarly = async () => {
    const { code, stderr, stdout } = await ended;
    throw new Error(`service ${name} ended (${code}): ${stderr}${stdout}`);
  };
  const hanging = async (signal: AbortSignal): Promise<never> => {
    await sleep(MAX_START_MS, undefined, { ref: false, signal });
    child.kill('SIGKILL');
    throw new Error(`service ${name} has not started after ${MAX_START_MS} ms; it said: ${said}`);
  };
  return {
    waiting,
    waits: (code) => Promise.race([waits(code), endedEarly()]),
    async running() {
      const started = new AbortController();
      const line = await Promise.race([answered, endedEarly(), hanging(started.signal)]).finally(
        () => started.abort(), // else it would be killed later, while it runs
      );
      const { url } = JSON.parse(line.split('\n')[0]!) as { url: string };
      return serviceAt(url, { name, child, stop });
    },
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Starts a service in a separate process; resolves when it runs or is a standby. */
export const startService = (
  name: string,
  home: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> => beginService(name, home, environment).running();

/** Starts one process for each name, a few at a time, since most of a start is waiting; in the order of the names. */
export async function startedTogether(
  names: readonly string[],
  start: (name: string, at: number) => Promise<ServiceProcess>,
): Promise<ServiceProcess[]> {
  const started: ServiceProcess[] = [];
  for (let at = 0; at < names.length; at += AT_A_TIME)
    started.push(
      ...(await Promise.all(names.slice(at, at + AT_A_TIME).map((name, i) => start(name, at + i)))),
    );
  return started;
}

function serviceAt(url: string, process: Pick<ServiceProcess, 'name' | 'child' | 'stop'>): ServiceProcess {
  return {
    ...process,
    url,
    async metric(metric, labels = '') {
      const text = await (await fetch(`${url}/metrics`)).text();
      const samples = text
        .split('\n')
        .filter((sample) => sample.startsWith(`${metric}{`) && sample.includes(labels));
      return samples.reduce((sum, sample) => sum + Number(sample.split(' ').at(-1)), 0);
    },
    async [Symbol.asyncDispose]() {
      await process.stop();
    },
  };
}

/** The backend of a log line, if it is about waiting. */
function waitingIn(line: string): Waiting[] {
  if (!line.startsWith('{')) return [];
  const said: Waiting & { msg: string } = JSON.parse(line);
  return said.msg.endsWith('waiting for it') ? [said] : [];
}
