import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const FILE = 'checked';
const DAY_MS = 86_400_000;

interface Checked {
  /** the last one whose pages were checked */
  transaction: number;
  /** of the data file: another file, of a backup, was never checked */
  inode: number;
  /** when all pages were checked, in milliseconds since the epoch */
  allAt: number;
}

/** What the last check of a log's pages has seen, in a file beside the log. Losing it costs a check. */
export class LastCheck {
  readonly #path: string;
  readonly #inode: number;
  readonly #last: Checked | undefined;

  constructor(folder: string, inode: number, now = Date.now()) {
    this.#path = join(folder, FILE);
    this.#inode = inode;
    const last = read(this.#path);
    const isRecent = last && last.allAt <= now && last.allAt > Math.max(now - DAY_MS, now - uptime() * 1_000);
    this.#last = isRecent && last.inode === inode ? last : undefined;
  }

  /** Pages of later transactions must be checked; 0: all, after a day, a start of the machine, or with another file. */
  get transaction(): number {
    return this.#last?.transaction ?? 0;
  }

  write(transaction: number): void {
    if (transaction === this.#last?.transaction) return;
    const checked: Checked = { transaction, inode: this.#inode, allAt: this.#last?.allAt ?? Date.now() };
    try {
      const draft = `${this.#path}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(checked), { mode: 0o600 });
      renameSync(draft, this.#path);
    } catch {} // most likely a full disk
  }
}

function read(path: string): Checked | undefined {
  try {
    const { transaction, inode, allAt } = JSON.parse(readFileSync(path, 'utf8'));
    return [transaction, inode, allAt].every(Number.isFinite) ? { transaction, inode, allAt } : undefined;
  } catch {
    return undefined;
  }
}
