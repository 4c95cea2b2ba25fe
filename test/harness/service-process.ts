import type { ChildProcess } from 'node:child_process';
import { epochlog, finished, printed } from './command.ts';

/** `epochlog service NAME` at work. */
export interface ServiceProcess extends AsyncDisposable {
  name: string;
  url: string;
  child: ChildProcess;
  /** Ends it as an orchestrator does, and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** The sum of a metric's samples whose labels hold this text. */
  metric(name: string, labels?: string): Promise<number>;
}

/** Starts a service in a process of its own, and resolves when it is at work or stands by. */
export async function startService(
  name: string,
  home: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const child = epochlog(home, ['service', name, '--json'], { EPOCHLOG_PORT: '0', ...environment });
  const ended = finished(child);
  const line = await Promise.race([
    printed(child, /\n/),
    ended.then(({ code, stderr }) => Promise.reject(new Error(`service ${name} ended (${code}): ${stderr}`))),
  ]);
  const { url } = JSON.parse(line.split('\n')[0]!) as { url: string };
  const stop = async () => {
    child.kill('SIGTERM');
    return (await ended).code;
  };
  return {
    name,
    url,
    child,
    stop,
    async metric(metric, labels = '') {
      const text = await (await fetch(`${url}/metrics`)).text();
      const samples = text
        .split('\n')
        .filter((sample) => sample.startsWith(`${metric}{`) && sample.includes(labels));
      return samples.reduce((sum, sample) => sum + Number(sample.split(' ').at(-1)), 0);
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
