import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import {
  ALL_STREAMS,
  type EventType,
  type LoggedEvent,
  type StreamName,
  streamOf,
} from '../../schemas/catalogue.ts';
import { EVENTS, STREAMS } from '../../schemas/events.generated.ts';

/** Streams in an order in which the ids of runs and datasets are met in the order in which they were given. */
const FIRST = ['collections', 'records', 'trainings'] as const;
const ORDER = [...FIRST, ...ALL_STREAMS.filter((stream) => !(FIRST as readonly string[]).includes(stream))];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** What only a run says in which a process was killed. */
export const OF_KILLS: ReadonlySet<string> = new Set<EventType>(['TrainingInterrupted', 'TrainingResumed']);
/** Fields that differ between two runs of the same lifecycle: times, durations. */
const BY_NATURE =
  /^(.*(seconds|latency)\w*|reportedAt|sources|p95Ms|memoryMb|samplesPerSecond|cpuPercent|\w+Bytes|wattHours|co2Grams)$/i;

/**
 * The events of a log in a canonical form, in which two runs of the same lifecycle are equal: ids are numbered in order of
 * occurrence, times and durations are 0, positions and sequences follow from the order. Left out are the cause of a reaction to several
 * simultaneous events, that a training was interrupted, which of several predictors serves a version, and the drift of whole rows.
 */
export async function canonicalEvents(
  home: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LoggedEvent[]> {
  const store = await openStore(readConfig({ home }, environment), 'test');
  try {
    const types = (Object.keys(EVENTS) as EventType[]).filter((type) => !OF_KILLS.has(type));
    const events = await Array.fromAsync(store.events.scan(types));
    const numbers = new Map<string, number>();
    const numbered = (text: string) =>
      text.replaceAll(UUID, (id) => {
        const number = numbers.get(id) ?? numbers.size;
        numbers.set(id, number);
        return `00000000-0000-8000-8000-${number.toString(16).padStart(12, '0')}`;
      });
    const sequences = new Map<string, number>();
    const sequenceOf = ({ type, subject, sequence }: LoggedEvent) => {
      if (sequence === 0) return 0; // of a request
      const aggregate = `${streamOf(type)}/${subject}`;
      sequences.set(aggregate, (sequences.get(aggregate) ?? 0) + 1);
      return sequences.get(aggregate);
    };
    const byStream = Map.groupBy(events, ({ type }) => streamOf(type));
    return ORDER.flatMap((stream) =>
      ordered(stream, byStream.get(stream) ?? []).map((event, offset): LoggedEvent => {
        const rest = {
          ...event,
          data: withoutRows(event),
          sequence: sequenceOf(event),
          id: `${stream}/${offset}`,
          causationId: null,
          time: 0,
          instant: 0, // of the cause
          offset,
          partition: 0,
        };
        return JSON.parse(numbered(JSON.stringify(rest, neutralised)));
      }),
    );
  } finally {
    await store.close();
  }
}

/** What a monitor measures of whole rows: not of a window that ends soon after another one, on a fast machine. */
const OF_ROWS: ReadonlySet<string> = new Set(['vocabulary', 'domainClassifier']);

const withoutRows = (event: LoggedEvent): object =>
  event.type === 'DriftMeasured'
    ? {
        ...event.data,
        features: event.data.features.filter(({ feature, slice }) => !OF_ROWS.has(feature) && slice === null),
      }
    : event.data;

const neutral = (value: unknown) => (typeof value === 'number' ? 0 : Array.isArray(value) ? [] : value);

const neutralised = (key: string, value: unknown) => (BY_NATURE.test(key) ? neutral(value) : value);

/** What instances of the predictor say, without which of them said it, and how many there are. */
function saidOnce(reports: readonly LoggedEvent[]): LoggedEvent[] {
  const said = new Map<string, LoggedEvent>();
  for (const event of reports) {
    const { servingId: _, instance: _i, ...data } = { servingId: '', instance: '', ...event.data };
    const key = JSON.stringify([event.type, data], neutralised);
    if (!said.has(key)) said.set(key, { ...event, subject: '', data } as LoggedEvent);
  }
  return [...said.values()];
}

/** Aggregates of several partitions have no order among each other: they are put into that of their names. */
function ordered(stream: StreamName, events: readonly LoggedEvent[]): LoggedEvent[] {
  if (stream === 'servings') return saidOnce(events);
  if (STREAMS[stream].partitions === 1) return [...events];
  return events.toSorted((a, b) => (a.subject === b.subject ? 0 : a.subject < b.subject ? -1 : 1));
}
