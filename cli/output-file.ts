import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EpochlogError, messageOf, systemCodeOf } from '../kernel/errors.ts';
import { csvLine } from './output.ts';

/** A file of rows that is being written. */
export interface Lines {
  write(row: Readonly<Record<string, unknown>>): void;
  close(): void;
}

/** Creates a file of rows: CSV with a header where its name ends with .csv, else lines of JSON. INPUT_INVALID when it cannot be. */
export function createLines(path: string): Lines {
  const isCsv = path.toLowerCase().endsWith('.csv');
  const file = created(path);
  let isFirst = true;
  const line = (text: string) => void writeSync(file, `${text}\n`);
  return {
    write(row) {
      if (isCsv && isFirst) line(csvLine(Object.keys(row)));
      isFirst = false;
      line(isCsv ? csvLine(Object.values(row)) : JSON.stringify(row));
    },
    close: () => closeSync(file),
  };
}

/** Writes a file. INPUT_INVALID when it cannot be. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const file = created(path);
  writeFileSync(file, content);
  closeSync(file);
}

/** The path of a file that was just created. INPUT_INVALID when it cannot be. */
export function creatable(path: string): string {
  closeSync(created(path));
  return path;
}

const isMissing = (error: unknown): boolean => systemCodeOf(error) === 'ENOENT';

function created(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    throw new EpochlogError(
      'INPUT_INVALID',
      `--out: ${path} cannot be written: ${isMissing(cause) ? `there is no folder ${dirname(path)}` : messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}
