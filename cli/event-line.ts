import { parseDeadLetter } from '../kernel/dead-letters/dead-letter.ts';
import type { StoredRecord } from '../kernel/ports/log.ts';
import { timeOf } from '../operations/events/latest.ts';
import type { LoggedEvent } from '../schemas/catalogue.ts';
import { describeEvent } from './describe-event.ts';
import { shortTime } from './moment.ts';
import { printable, shortened } from './output.ts';

const TYPE = 21;
const SUBJECT = 36;

/** An event on one line: when it was written, what happened to what, and what it says; of replayed data, its day. */
export function eventLine(event: LoggedEvent, width: number): string {
  const text = describeEvent(event);
  const about = text.split(/[\s:,]/).includes(event.subject) ? '' : `${named(event.subject)}  `;
  const of = event.instant === undefined ? '' : ` [${shortTime(event.instant).slice(0, 10)}]`;
  return shortened(`${head(event.time, event.type)}${about}${text}${of}`, width);
}

/** A record that is no event of today. */
export const recordLine = (record: StoredRecord, text: string, width: number): string =>
  shortened(`${head(timeOf(record), record.headers.ce_type ?? '-')}${named(record.key)}  ${text}`, width);

/** A dead letter: what could not be processed, by which service, and why. */
export function deadLetterLine(record: StoredRecord, width: number): string {
  const { id, service, code, message } = parseDeadLetter(record);
  return recordLine(record, `dead letter ${id} of ${printable(`${service}: ${message} [${code}]`)}`, width);
}

const head = (time: number, type: string): string => `${shortTime(time)}  ${printable(type).padEnd(TYPE)}  `;

const named = (subject: string): string => shortened(printable(subject), SUBJECT);
