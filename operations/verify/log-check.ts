import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { partitionKey } from '../../kernel/partitions.ts';
import type { EventLog, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { readPartition } from '../../kernel/reader.ts';
import { topicOf } from '../../kernel/topics.ts';
import { type Codec, isFact, type LoggedEvent, ownerOf, streamOf } from '../../schemas/catalogue.ts';
import { Numbering, type NumberingFault } from './numbering.ts';

/** Findings listed by `verify`; beyond them it only counts. */
const MAX_FINDINGS = 20;

export interface LogReport {
  events: number;
  /** of them, undecodable events whose dead letters were discarded: no faults */
  discarded: number;
  /** what is wrong with the log; the first findings */
  findings: string[];
  faults: number;
}

/** The input of a check. */
export interface LogCheck {
  log: EventLog;
  codec: Codec;
  /** exclusive end of each partition */
  upTo: readonly Position[];
  /** whether offsets have no gaps */
  dense: boolean;
  /** all dead letters */
  letters: readonly DeadLetter[];
  /** where temporary files may be: what grows with the log is not kept in memory */
  scratch: string;
  /** called with each event */
  onEvent?(event: LoggedEvent): void;
}

/**
 * Reads the partitions of the log and checks that offsets increase, timestamps never decrease, every event decodes and
 * names its own aggregate, facts are written by the owner of their stream, each aggregate's facts are
 * numbered without gap or repetition, and no id occurs twice.
 */
export async function checkLog(check: LogCheck): Promise<LogReport> {
  const report: LogReport = { events: 0, discarded: 0, findings: [], faults: 0 };
  const discarded = discardedPositions(check.letters);
  using numbering = new Numbering(check.scratch);
  const ends = new Map(
    (await check.log.endOffsets(topicsOf(check.upTo))).map((end) => [partitionKey(end), end]),
  );
  for (const [index, end] of check.upTo.entries()) {
    const note = (event: LoggedEvent, offset: number) => numbering.note(event, { partition: index, offset });
    const partition = new PartitionCheck({ ...check, end, note, discarded, report });
    for await (const record of readPartition(check.log, { ...end, offset: 0 }, end.offset)) {
      report.events += 1;
      await partition.check(record);
    }
    partition.end(ends.get(partitionKey(end))?.offset ?? 0);
  }
  const faults = numbering.faults(MAX_FINDINGS - report.findings.length);
  report.faults += faults.count;
  for (const fault of faults.first) report.findings.push(await described(fault, check));
  return report;
}

/** A fault of the numbering in words; its event is read again. */
async function described(fault: NumberingFault, { log, codec, upTo }: LogCheck): Promise<string> {
  const [record] = await log.read({ ...upTo[fault.partition]!, offset: fault.offset }, 1);
  const [event] = await codec.decode(record!);
  const { id, type, subject, sequence } = event!;
  const what =
    fault.expected === undefined
      ? `the event id ${id} occurs twice`
      : `${type} has sequence ${sequence} of ${subject}, expected is ${fault.expected}`;
  return `${positionText(record!)}: ${what}`;
}

/** The positions of events that were discarded for every service that could not process them. */
function discardedPositions(letters: readonly DeadLetter[]): Set<string> {
  const last = letters.filter(({ state, original }) => state !== 'failed' && original !== null);
  const byPosition = Map.groupBy(last, ({ original }) => positionText(original!));
  return new Set(
    [...byPosition]
      .filter(([, all]) => all.every(({ state }) => state === 'discarded'))
      .map(([position]) => position),
  );
}

const topicsOf = (positions: readonly Position[]): string[] => [
  ...new Set(positions.map(({ topic }) => topic)),
];

const positionText = ({ topic, partition, offset }: Position): string => `${topic}/${partition}@${offset}`;

interface PartitionChecked extends Pick<LogCheck, 'codec' | 'dense' | 'onEvent'> {
  end: Position;
  /** to be called with each event that decodes */
  note(event: LoggedEvent, offset: number): void;
  discarded: ReadonlySet<string>;
  /** findings are added here */
  report: LogReport;
}

class PartitionCheck {
  readonly #about: PartitionChecked;
  #next = 0;
  #timestamp = 0;

  constructor(about: PartitionChecked) {
    this.#about = about;
  }

  async check(record: StoredRecord): Promise<void> {
    const at = positionText(record);
    const { dense, codec, discarded, report } = this.#about;
    if (record.offset < this.#next || (dense && record.offset > this.#next))
      this.#found(`${at}: expected is offset ${this.#next}`);
    if (record.timestamp < this.#timestamp)
      this.#found(`${at}: its timestamp is before that of the previous record`);
    this.#next = record.offset + 1;
    this.#timestamp = record.timestamp;
    if (this.#about.codec.typesOf(record).length === 0) return;
    try {
      const [event, ...split] = await codec.decode(record);
      if (!event) return;
      for (const one of [event, ...split]) this.#about.onEvent?.(one);
      this.#about.note(event, record.offset);
      for (const fault of faultsOf(event, record)) this.#found(`${at}: ${fault}`);
    } catch (error) {
      if (!isUndecodable(error)) this.#found(`${at}: ${messageOf(error)}`);
      else if (discarded.has(at)) report.discarded += 1;
      else this.#found(messageOf(error)); // it begins with the position
    }
  }

  /** To be called after the last record, with the end offset of the partition now. */
  end(last: number): void {
    const { dense, end } = this.#about;
    const { topic, partition, offset } = end;
    if (offset > last)
      this.#found(
        `${topic}/${partition}: the projector has committed offset ${offset}, and the end offset is ${last}`,
      );
    else if (dense && this.#next !== offset)
      this.#found(`${topic}/${partition}: the end offset is ${this.#next}, expected is ${offset}`);
  }

  #found(finding: string): void {
    const { report } = this.#about;
    report.faults += 1;
    if (report.findings.length < MAX_FINDINGS) report.findings.push(finding);
  }
}

function* faultsOf(event: LoggedEvent, { topic }: StoredRecord): Iterable<string> {
  const owner = ownerOf(streamOf(event.type));
  if (topic !== topicOf(streamOf(event.type))) yield `${event.type} does not belong to this topic`;
  if (isFact(event.type) && event.source !== owner)
    yield `${event.type} was written by ${event.source}, not by ${owner}`;
}

const isUndecodable = (error: unknown): boolean =>
  error instanceof EpochlogError && error.code === 'EVENT_UNDECODABLE';
