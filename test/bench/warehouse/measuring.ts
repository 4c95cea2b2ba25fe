// What a question costs the engine: time, CPU and memory. Linux.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Warehouse } from '../../../kernel/ports/warehouse.ts';
import type { Question } from './questions.ts';

const run = promisify(execFile);
export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** The most memory of a process since the last call, in MB. */
export function peakOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return megabytes(Number(kilobytes) * 1024);
}

/** CPU milliseconds of a process so far. Linux counts hundredths of a second. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Takes the files of the tables out of the cache of the operating system. */
async function forget(folder: string): Promise<void> {
  const uncached = ['dd', 'if={}', 'iflag=nocache', 'count=0', 'status=none', ';'];
  const files = [join(folder, 'data'), '-ignore_readdir_race', '-type', 'f', '-size', '+4k']; // parts are merged meanwhile
  await run('find', [...files, '-exec', ...uncached]);
}

export interface Answer {
  what: string;
  rows: number;
  coldMs: number;
  warmMs: number;
  /** of the engine, of a warm one */
  cpuMs: number;
  /** of the engine's process */
  peakMb: number;
  failed?: string;
}

/** Asks with files that are not cached, and so often with cached ones, of which it takes the median. */
export async function asked(
  { what, ask }: Question,
  pid: number,
  folder: string,
  rounds: number,
): Promise<Answer> {
  await forget(folder);
  peakOf(pid);
  const timed = async () => {
    const start = performance.now();
    const rows = await ask();
    return { rows: rows.length, ms: Math.round(performance.now() - start) };
  };
  try {
    const cold = await timed();
    const before = cpuOf(pid);
    const warm: number[] = [];
    for (let round = 0; round < rounds; round++) warm.push((await timed()).ms);
    const warmMs = warm.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
    const cpuMs = Math.round((cpuOf(pid) - before) / rounds);
    return { what, rows: cold.rows, coldMs: cold.ms, warmMs, cpuMs, peakMb: peakOf(pid) };
  } catch (error) {
    const failed = String(error).slice(0, 200);
    return { what, rows: 0, coldMs: 0, warmMs: 0, cpuMs: 0, peakMb: peakOf(pid), failed };
  }
}

/** An answer, as a line of a table. */
export function lineOf({ what, rows, coldMs, warmMs, cpuMs, peakMb, failed }: Answer): string {
  const [cold, warm, cpu, peak] = [coldMs, warmMs, cpuMs, peakMb].map((n) => String(n).padStart(7));
  const cost = failed ?? `${cold} ms cold ${warm} ms warm ${cpu} ms CPU ${peak} MB  ${rows} rows`;
  return `${what.padEnd(66)}${cost}`;
}

/** Bytes of each table of predictions on the disk, and of the columns of the largest. */
export async function sizes(warehouse: Warehouse): Promise<string[]> {
  const tables = await warehouse.query<{ name: string; rows: number; bytes: number; parts: number }>(
    `SELECT table AS name, sum(parts.rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts AS parts
     WHERE active AND database = currentDatabase() AND parts.rows > 1000 GROUP BY table ORDER BY bytes DESC`,
  );
  const columns = await warehouse.query<{ name: string; bytes: number }>(
    `SELECT name, data_compressed_bytes / (SELECT count() FROM predictions) AS bytes FROM system.columns
     WHERE database = currentDatabase() AND table = 'predictions' ORDER BY bytes DESC`,
  );
  return [
    ...tables.map(({ name, rows, bytes, parts }) => {
      const [count, each, all] = [rows.toLocaleString('en'), (bytes / rows).toFixed(1), megabytes(bytes)];
      return `${name.padEnd(24)}${count.padStart(12)} rows ${each.padStart(7)} B a row ${String(all).padStart(6)} MB ${parts} parts`;
    }),
    `of predictions: ${columns.map(({ name, bytes }) => `${name} ${bytes.toFixed(1)}`).join(', ')}`,
  ];
}
