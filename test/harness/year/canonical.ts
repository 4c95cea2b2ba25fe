import { isDeepStrictEqual } from 'node:util';
import type { LoggedEvent } from '../../../schemas/catalogue.ts';
import { canonicalEvents } from '../canonical.ts';

const MAX_SHOWN = 3;
/** Texts that tell how long predictions took. */
const DURATION = /\d+(?:\.\d+)? ms/g;
const OF_LATENCIES = /(p95 latency [^;]*?p )(?:< )?[\d.e-]+/g;

/**
 * The events of a simulation in a canonical form: those of one that was killed are equal. How long a prediction takes
 * differs from run to run, and so do the numbers that are measured of it; and the data of a report name events by their ids.
 */
export async function canonicalSimulation(home: string): Promise<LoggedEvent[]> {
  return (await canonicalEvents(home)).map((event) => withoutLatencies(comparable(event)) as LoggedEvent);
}

const comparable = (event: LoggedEvent): LoggedEvent =>
  event.type === 'ReportWritten' ? { ...event, data: { ...event.data, data: '' } } : event;

function withoutLatencies(value: unknown): unknown {
  if (typeof value === 'string') return withoutDurations(value);
  if (Array.isArray(value)) return value.map(withoutLatencies);
  if (value === null || typeof value !== 'object') return value;
  const { name } = value as { name?: unknown };
  if (name === 'latency') return { name };
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [
      key,
      key === 'rows' && typeof of === 'string' ? rowsOf(of) : withoutLatencies(of),
    ]),
  );
}

const withoutDurations = (text: string) => text.replaceAll(DURATION, '0 ms').replaceAll(OF_LATENCIES, '$10');

/** The rows of a measurement, without those about latencies. */
const rowsOf = (rows: string): unknown =>
  JSON.parse(rows, (key, value) => (/latency|p95|seconds/i.test(key) ? null : value));

/** The first places at which two canonical forms differ, in both; empty when they are equal. */
export function differencesOf(expected: readonly LoggedEvent[], found: readonly LoggedEvent[]): object[] {
  const length = Math.max(expected.length, found.length);
  return Array.from({ length }, (_, at) => ({ at, expected: expected[at], found: found[at] }))
    .filter((pair) => !isDeepStrictEqual(pair.expected, pair.found))
    .slice(0, MAX_SHOWN);
}
