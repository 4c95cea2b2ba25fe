import { difference, interval, measure } from '../metrics/format.ts';
import { type Impact, impactOf } from '../statistics/impact.ts';

/** A change of the version in production, as the named query `quality/impact` counts it. */
export interface ImpactRow {
  readonly sequence: string;
  /** promoted or rolled_back */
  readonly change: string;
  readonly version: string;
  /** the version before it */
  readonly before: string;
  readonly time: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly eventId: string;
  readonly samplesBefore: number;
  readonly labelledBefore: number;
  readonly hitsBefore: number;
  readonly errorsBefore: number | null;
  readonly squaresBefore: number | null;
  readonly samplesAfter: number;
  readonly labelledAfter: number;
  readonly hitsAfter: number;
  readonly errorsAfter: number | null;
  readonly squaresAfter: number | null;
  /** the primary one, and of both versions on the same test samples, where they were measured so */
  readonly metric: string | null;
  readonly testBefore: number | null;
  readonly testAfter: number | null;
}

/** What a change of the version in production did to the quality. */
export interface ToldImpact
  extends Pick<
    ImpactRow,
    'sequence' | 'change' | 'version' | 'before' | 'time' | 'reason' | 'requestedBy' | 'eventId'
  > {
  /** on the same samples of a test split, before the change */
  readonly test: { readonly metric: string; readonly before: number; readonly after: number } | null;
  /** labelled answers in production on both sides of it */
  readonly samplesBefore: number;
  readonly samplesAfter: number;
  /** null where too few have an outcome */
  readonly production: Impact | null;
}

export function toldImpact(row: ImpactRow): ToldImpact {
  const { sequence, change, version, before, time, reason, requestedBy, eventId } = row;
  const { metric, testBefore, testAfter, samplesBefore, samplesAfter } = row;
  const production = impactOf(
    {
      ...{ samples: samplesBefore, labelled: row.labelledBefore, hits: row.hitsBefore },
      ...{ errors: row.errorsBefore ?? 0, squares: row.squaresBefore ?? 0 },
    },
    {
      ...{ samples: samplesAfter, labelled: row.labelledAfter, hits: row.hitsAfter },
      ...{ errors: row.errorsAfter ?? 0, squares: row.squaresAfter ?? 0 },
    },
  );
  const test =
    metric === null || testBefore === null || testAfter === null
      ? null
      : { metric, before: testBefore, after: testAfter };
  return {
    ...{ sequence, change, version, before, time, reason, requestedBy, eventId },
    ...{ test, samplesBefore, samplesAfter, production },
  };
}

export const IMPACT_HEADINGS = [
  ...['time', 'version', 'instead of', 'on the test split', 'in production before', 'after'],
  ...['difference', '95 % interval', ''],
];

/** The cells of a change, as people read them, under IMPACT_HEADINGS. */
export function impactCells({ time, version, before, test, production, ...told }: ToldImpact): string[] {
  const tested = test
    ? `${test.metric} ${measure(test.metric, test.before)} → ${measure(test.metric, test.after)}`
    : '-';
  const when = time.slice(0, 16).replace('T', ' ');
  const name = told.change === 'rolled_back' ? `${version} (rolled back)` : version;
  if (!production) {
    const counts = [`${told.samplesBefore} outcomes`, `${told.samplesAfter} outcomes`];
    return [when, name, before, tested, ...counts, '-', '-', 'too few outcomes'];
  }
  const { metric, verdict, low, high } = production;
  return [
    ...[when, name, before, tested],
    `${metric} ${measure(metric, production.before)} (${told.samplesBefore})`,
    `${measure(metric, production.after)} (${told.samplesAfter})`,
    ...[difference(metric, production.difference), interval(metric, [low, high]), verdict],
  ];
}
