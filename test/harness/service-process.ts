import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { epochlog, type Finished, finished, printed } from './command.ts';

/** `epochlog service NAME` at work. */
export interface ServiceProcess extends AsyncDisposable {
  name: string;
  url: string;
  child: ChildProcess;
  /** Ends it as an orchestrator does, and resolves with its exit code; null when it had to be killed. */
  stop(): Promise<number | null>;
  /** The sum of a metric's samples whose labels hold this text. */
  metric(name: string, labels?: string): Promise<number>;
}

/** What a service says of a server that it waits for. */
interface Waiting {
  code: string;
  /** where it answers meanwhile */
  url: string;
}

/** `epochlog service NAME` as it starts. */
export interface StartingService extends AsyncDisposable {
  /** what it has said of servers that it waits for */
  readonly waiting: readonly Waiting[];
  /** Resolves when it says that it waits, by the code of the error. */
  waits(code: string): Promise<Waiting>;
  /** Resolves when it is at work or stands by; rejects when it ends before. */
  atWork(): Promise<ServiceProcess>;
  readonly ended: Promise<Finished>;
  stop(): Promise<number | null>;
}

/** Starts a service in a process of its own. */
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
  answered.catch(() => {}); // whoever awaits it will see it
  const waiting: Waiting[] = [];
  const lines = createInterface({ input: child.stderr! });
  lines.on('line', (line) => waiting.push(...waitingIn(line)));
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
  return {
    waiting,
    waits: (code) => Promise.race([waits(code), endedEarly()]),
    async atWork() {
      const line = await Promise.race([answered, endedEarly()]);
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

/** Starts a service in a process of its own, and resolves when it is at work or stands by. */
export const startService = (
  name: string,
  home: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> => beginService(name, home, environment).atWork();

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

/** What a line of the log says, if it is about a server that is waited for. */
function waitingIn(line: string): Waiting[] {
  if (!line.startsWith('{')) return [];
  const said: Waiting & { msg: string } = JSON.parse(line);
  return said.msg.endsWith('waiting for it') ? [said] : [];
}
