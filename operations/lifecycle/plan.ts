import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** A record as a client of the API knows it. */
export interface LifecycleRecord {
  /** number of its row in the source, from 1 */
  readonly number: number;
  readonly id: string;
  /** when it was, milliseconds since the epoch */
  readonly time: number;
  readonly instance: Readonly<Record<string, string | number | boolean | null>>;
  /** null where it is not known: it is predicted, and no outcome is reported */
  readonly target: string | number | null;
  /** the fields of its row, of which the task reads the same record */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Month {
  /** YYYY-MM, in UTC */
  readonly name: string;
  /** days [from, to) in UTC, YYYY-MM-DD */
  readonly from: string;
  readonly to: string;
  readonly records: PackedRecords;
}

/** Records of a month, compressed until it is their turn. */
export class PackedRecords {
  readonly length: number;
  /** milliseconds since the epoch; undefined for no records */
  readonly lastTime: number | undefined;
  #bytes: Uint8Array | undefined;

  /** @param records in the order of their times */
  constructor(records: readonly LifecycleRecord[]) {
    this.length = records.length;
    this.lastTime = records.at(-1)?.time;
    this.#bytes = zstdCompressSync(JSON.stringify(records));
  }

  /** They are needed no more. */
  forget(): void {
    this.#bytes = undefined;
  }

  /** @throws Error when they were forgotten */
  unpack(): readonly LifecycleRecord[] {
    if (!this.#bytes) throw new Error('the records of this month were forgotten: its turn is over');
    return JSON.parse(zstdDecompressSync(this.#bytes).toString());
  }
}

/** A first training on the records before the cut, then one step for each month after it. */
export interface Plan {
  readonly cut: string;
  readonly before: number;
  readonly months: readonly Month[];
}

/** The day of a time, in UTC: YYYY-MM-DD. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The first day of the month after `month` (YYYY-MM). */
export function nextMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, '0')}-01`;
}

/** Records, of which those before the cut are only collected: of them no more is known than their times. */
export interface CutRecords {
  readonly cut: string;
  /** milliseconds since the epoch */
  readonly timesBefore: readonly number[];
  readonly records: readonly LifecycleRecord[];
}

/** Splits the records from the cut on into calendar months, in order. */
export function planLifecycle({ cut, timesBefore, records }: CutRecords): Plan {
  const months = Object.entries(Object.groupBy(records, ({ time }) => dayOf(time).slice(0, 7)));
  return {
    cut,
    before: timesBefore.length,
    months: months
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, records = []], index) => ({
        name,
        from: index === 0 ? cut : `${name}-01`,
        to: nextMonth(name),
        records: new PackedRecords(records.toSorted((a, b) => a.time - b.time || a.number - b.number)),
      })),
  };
}

/** A cut that leaves about half of the records before it: the first day of the month of the middle one. */
export function middleCut({ timesBefore, records }: CutRecords): string {
  const times = [...timesBefore, ...records.map(({ time }) => time)].sort((a, b) => a - b);
  return `${dayOf(times[times.length >> 1] ?? 0).slice(0, 7)}-01`;
}
