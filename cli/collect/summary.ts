import type { Session } from '../../operations/session.ts';
import type {
  CollectionCompleted,
  PageCollected,
  PageRequestFailed,
} from '../../schemas/events.generated.ts';

const OUTCOMES = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

/** Decisions on the samples of a collection, and how many of them replace an earlier sample. */
export interface SampleCounts extends Record<(typeof OUTCOMES)[number], number> {
  replaced: number;
  /** duplicates by how they were found */
  matchedBy: Record<string, number>;
  /** rejected samples by reason */
  reasons: Record<string, number>;
}

export async function countSamples(session: Session, correlationId: string): Promise<SampleCounts> {
  const counts: SampleCounts = {
    ...{ SampleAccepted: 0, SampleDeduplicated: 0, SampleRejected: 0, replaced: 0 },
    matchedBy: {},
    reasons: {},
  };
  const count = (kinds: Record<string, number>, kind: string) => {
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  };
  for await (const event of session.events.scan(OUTCOMES)) {
    if (event.correlationId !== correlationId) continue;
    counts[event.type] += 1;
    if (event.data.replaces) counts.replaced += 1;
    if (event.type === 'SampleDeduplicated') count(counts.matchedBy, event.data.matchedBy);
    if (event.type === 'SampleRejected') count(counts.reasons, event.data.reason);
  }
  return counts;
}

/** What is said of a collection at its end, a line each. */
export function summaryLines(
  { task, records, rejected, rejections, unrecorded, byTarget, repeated }: CollectionCompleted,
  counts: SampleCounts,
  deadLetters: number,
): string[] {
  const {
    SampleAccepted: accepted,
    SampleDeduplicated: duplicates,
    SampleRejected: refused,
    replaced,
  } = counts;
  const why = (stream: string, type: string) => `npx epochlog events --stream ${stream} --type ${type}`;
  return [
    `${records} records of ${task} collected, ${rejected} lines rejected`,
    isFew(byTarget) ? `records by class: ${listed(byTarget)}` : '',
    repeated > 0 ? `${repeated} records stood on two pages and were taken once` : '',
    `${accepted} samples accepted, ${duplicates} duplicates, ${refused} rejected`,
    replaced > 0 ? `${replaced} of them replace an earlier sample of the same record` : '',
    rejected > 0
      ? `why lines were rejected (${listed(rejections)}): ${why('records', 'RecordRejected')}`
      : '',
    unrecorded > 0 ? `${unrecorded} rejected lines have no event of their own: too many came before` : '',
    duplicates > 0 ? `duplicates by what they have in common: ${listed(counts.matchedBy)}` : '',
    refused > 0
      ? `why samples were rejected (${listed(counts.reasons)}): ${why('samples', 'SampleRejected')}`
      : '',
    deadLetters > 0
      ? `${deadLetters} open dead letters, of this collection or others: npx epochlog dlq list`
      : '',
  ].filter(Boolean);
}

const MAX_CLASSES = 20;
const isFew = (counts: Readonly<Record<string, number>>): boolean => {
  const classes = Object.keys(counts).length;
  return classes > 0 && classes <= MAX_CLASSES;
};

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** How far a collection is: records a second, and how long the rest will take as fast as so far. */
export class CollectionProgress {
  readonly #since: number;
  #records = 0;

  /** @param since milliseconds since the epoch */
  constructor(since: number) {
    this.#since = since;
  }

  line({ page, records, rejected, total }: PageCollected, now: number): string {
    this.#records += records + rejected;
    const seconds = (now - this.#since) / 1_000;
    const rate = this.#records / Math.max(seconds, 0.001);
    if (total === null) return `page ${page}: ${this.#records} records, ${rate.toFixed(0)}/s`;
    const left = Math.max(0, total - this.#records) / Math.max(rate, 0.001);
    return `page ${page}: ${this.#records} of about ${total} records, ${rate.toFixed(1)}/s, ${duration(left)} left`;
  }
}

/** Why a source is asked for a page again, and when. */
export const waitingLine = ({ page, attempt, reason, retryAt }: PageRequestFailed, now: number): string =>
  `page ${page}, attempt ${attempt}: ${reason}; asked again in ${duration(Math.max(0, retryAt - now) / 1_000)}`;

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
