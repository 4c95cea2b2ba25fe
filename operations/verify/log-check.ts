import type { Codec } from '../../kernel/codec.ts';
import type { DeadLetter } from '../../kernel/dead-letters/letter.ts';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { type Event, isFact, ownerOf, streamOf } from '../../kernel/event.ts';
import { partitionKey } from '../../kernel/partitions.ts';
import type { EventLog, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition, typeOf } from '../../kernel/reader.ts';
import { topicOf } from '../../kernel/topics.ts';
import { STREAMS } from '../../schemas/events.generated.ts';

/** Findings listed by `verify`; beyond them it only counts. */
const MOST_FINDINGS = 20;

export interface LogReport {
  events: number;
  /** of them, those that nobody can decode, and that somebody has discarded: no faults */
  discarded: number;
  /** what is wrong with the log, the first findings of all */
  findings: string[];
  faults: number;
}

/** What is checked, and by what. */
export interface LogCheck {
  log: EventLog;
  codec: Codec;
  /** where each partition is taken to end */
  upTo: readonly Position[];
  /** whether offsets follow each other one by one */
  dense: boolean;
  /** all dead letters */
  letters: readonly DeadLetter[];
  /** is given each event */
  onEvent?(event: Event): void;
}

/**
 * Reads partitions of the log from the beginning and checks that offsets grow, times of the log never go back, every
 * event decodes and names its own aggregate, facts are written by the owner of their stream, each aggregate's facts are
 * numbered without gap or repetition, and no id occurs twice.
 */
export async function checkLog(check: LogCheck): Promise<LogReport> {
  const report: LogReport = { events: 0, discarded: 0, findings: [], faults: 0 };
  const discarded = placesOfDiscarded(check.letters);
  const ids = new Set<string>();
  const ends = new Map(
    (await check.log.endOffsets(topicsOf(check.upTo))).map((end) => [partitionKey(end), end]),
  );
  for (const end of check.upTo) {
    const partition = new PartitionCheck({ ...check, end, ids, discarded, report });
    for await (const record of readPartition(check.log, { ...end, offset: 0 }, end.offset)) {
      report.events += 1;
      await partition.check(record);
    }
    partition.end(ends.get(partitionKey(end))?.offset ?? 0);
  }
  return report;
}

/** Where the events lie that have been discarded for every service that set them aside. */
function placesOfDiscarded(letters: readonly DeadLetter[]): Set<string> {
  const last = letters.filter(({ state, original }) => state !== 'failed' && original !== null);
  const byPlace = Map.groupBy(last, ({ original }) => placeOf(original!));
  return new Set(
    [...byPlace].filter(([, all]) => all.every(({ state }) => state === 'discarded')).map(([place]) => place),
  );
}

const topicsOf = (positions: readonly Position[]): string[] => [
  ...new Set(positions.map(({ topic }) => topic)),
];

const placeOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}@${offset}`;

interface PartitionChecked extends Pick<LogCheck, 'codec' | 'dense' | 'onEvent'> {
  end: Position;
  /** of all events so far */
  ids: Set<string>;
  discarded: ReadonlySet<string>;
  /** takes what is found */
  report: LogReport;
}

class PartitionCheck {
  readonly #about: PartitionChecked;
  readonly #versions = new Map<string, number>();
  #next = 0;
  #timestamp = 0;

  constructor(about: PartitionChecked) {
    this.#about = about;
  }

  async check(record: StoredRecord): Promise<void> {
    const at = placeOf(record);
    const { dense, codec, discarded, report } = this.#about;
    if (record.offset < this.#next || (dense && record.offset > this.#next))
      this.#found(`${at}: offset ${this.#next} was expected`);
    if (record.timestamp < this.#timestamp) this.#found(`${at}: is older than the record before it`);
    this.#next = record.offset + 1;
    this.#timestamp = record.timestamp;
    if (typeOf(record) === undefined) return;
    try {
      const event = await codec.decode(record);
      this.#about.onEvent?.(event);
      for (const fault of this.#faultsOf(event, record)) this.#found(`${at}: ${fault}`);
    } catch (error) {
      if (isUndecodable(error) && discarded.has(at)) report.discarded += 1;
      else this.#found(`${at}: ${messageOf(error)}`);
    }
  }

  /** Tells that all records have been checked; `last` is where the partition ends now. */
  end(last: number): void {
    const { dense, end } = this.#about;
    const { topic, partition, offset } = end;
    if (offset > last)
      this.#found(
        `${topic}/${partition}: the projector has committed ${offset}, and the partition ends at ${last}`,
      );
    else if (dense && this.#next !== offset)
      this.#found(`${topic}/${partition}: ends at ${this.#next}, not at ${offset}`);
  }

  #found(finding: string): void {
    const { report } = this.#about;
    report.faults += 1;
    if (report.findings.length < MOST_FINDINGS) report.findings.push(finding);
  }

  *#faultsOf(event: Event, record: StoredRecord): Iterable<string> {
    if (this.#about.ids.has(event.id)) yield `the id ${event.id} occurs twice`;
    this.#about.ids.add(event.id);
    if (record.topic !== topicOf(streamOf(event.type))) yield `${event.type} does not belong to this topic`;
    if (isFact(event.type)) yield* this.#faultsOfFact(event);
  }

  *#faultsOfFact(event: Event): Iterable<string> {
    const owner = ownerOf(streamOf(event.type));
    if (event.source !== owner) yield `${event.type} was written by ${event.source}, not by ${owner}`;
    if (STREAMS[streamOf(event.type)].oneFactPerKey) return;
    const expected = (this.#versions.get(event.subject) ?? 0) + 1;
    if (event.sequence !== expected)
      yield `${event.type} has number ${event.sequence} of ${event.subject}, not ${expected}`;
    this.#versions.set(event.subject, event.sequence);
  }
}

const isUndecodable = (error: unknown): boolean =>
  error instanceof EpochlogError && error.code === 'EVENT_UNDECODABLE';
