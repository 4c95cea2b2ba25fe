import { readdirSync, readFileSync } from 'node:fs';

/** Processes by what Linux says of them in /proc. */

/** ticks of the clock in a second, for every Linux that Node runs on */
const TICKS = 100;

/** Every process below `pid`, itself included. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {} // it ended while we looked
  }
  const all = [pid];
  for (const one of all) all.push(...(children.get(one) ?? []));
  return all;
}

/** Kilobytes of one kind (Rss; Pss counts a page that n processes share 1/n each) of a process. Pss takes long: Linux adds up all pages. */
export function memory(pid: number, kind: 'Rss' | 'Pss'): number {
  const [file, name] = kind === 'Rss' ? ['status', 'VmRSS'] : ['smaps_rollup', 'Pss'];
  try {
    return Number(
      new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1],
    );
  } catch {
    return 0; // it ended while we looked
  }
}

/** CPU time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/** What a process is for: the file that Node runs, by its folder, or the program. */
export function roleOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const main = words.find((word) => /\.[jt]s$/.test(word));
    return main?.split('/').slice(-2).join('/') ?? words[0]?.split('/').at(-1) ?? 'ended';
  } catch {
    return 'ended';
  }
}
