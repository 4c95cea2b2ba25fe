import { type Output, percent, table } from '../output.ts';
import type { Session } from '../session.ts';
import { FIRST_VERSION_PREFIX } from './drive.ts';

interface MonthRow {
  month: string;
  papers: number;
  versions: string[];
  accuracy: number;
  first_accuracy: number | null;
  highest_psi: number | null;
  highest_feature: string | null;
  drifted: string[];
}

interface Decision {
  version: string;
  change: string;
  reason: string | null;
  time: string;
  month: string | null;
}

interface TrainingPlan {
  plan_id: string;
  cause: string;
  reason: string;
  samples: number;
  outcome: string | null;
  version: string | null;
  training_seconds: number | null;
  month: string | null;
}

interface Total {
  type: string;
  events: number;
  first: string;
  last: string;
}

interface Latency {
  predictions: number;
  p50: number;
  p95: number;
  p99: number;
}

/** What the projections say of the whole story. */
export interface Summary {
  months: MonthRow[];
  decisions: Decision[];
  trainings: TrainingPlan[];
  totals: Total[];
  latency: Latency;
  /** over all papers after the cut, each counted once */
  accuracy: { production: number; firstVersion: number };
}

export const readMonths = (session: Session) =>
  session.query<MonthRow>('lifecycle/months', { model: session.config.model, prefix: FIRST_VERSION_PREFIX });

export async function readSummary(session: Session): Promise<Summary> {
  const params = { model: session.config.model };
  const months = await readMonths(session);
  const [latency] = await session.query<Latency>('lifecycle/latency', params);
  return {
    months,
    decisions: await session.query<Decision>('lifecycle/decisions', params),
    trainings: await session.query<TrainingPlan>('lifecycle/trainings', params),
    totals: await session.query<Total>('lifecycle/totals'),
    latency: latency ?? { predictions: 0, p50: 0, p95: 0, p99: 0 },
    accuracy: {
      production: weighted(months, ({ accuracy }) => accuracy),
      firstVersion: weighted(months, ({ first_accuracy }) => first_accuracy ?? 0),
    },
  };
}

function weighted(months: readonly MonthRow[], value: (month: MonthRow) => number): number {
  const papers = months.reduce((sum, month) => sum + month.papers, 0);
  return papers === 0 ? 0 : months.reduce((sum, month) => sum + value(month) * month.papers, 0) / papers;
}

export const MONTH_HEADINGS = [
  'month',
  'papers',
  'in production',
  'accuracy',
  'v1.0.0',
  'highest PSI',
  'drifted',
];

export const monthCells = (row: MonthRow): (string | number)[] => [
  row.month,
  row.papers,
  row.versions.join(', '),
  percent(row.accuracy),
  percent(row.first_accuracy),
  row.highest_psi === null ? '-' : `${row.highest_psi.toFixed(2)} ${row.highest_feature}`,
  row.drifted.join(', '),
];

/** The summary for people, ending with what to type next. */
export function printSummary(summary: Summary, output: Output, seconds: number): void {
  const { months, trainings, decisions, latency, accuracy, totals } = summary;
  output.line('\nDrift and accuracy, month by month');
  output.line(table(MONTH_HEADINGS, months.map(monthCells)));
  output.line('\nTraining plans');
  output.line(
    table(
      ['when', 'cause', 'samples', 'seconds', 'outcome', 'version'],
      trainings.map((row) => [
        row.month ?? 'start',
        row.cause,
        row.samples,
        row.training_seconds === null ? null : Number(row.training_seconds.toFixed(1)),
        row.outcome ?? 'running',
        row.version,
      ]),
    ),
  );
  output.line('\nVersions');
  output.line(
    table(
      ['when', 'version', 'what', 'why'],
      decisions
        .filter(({ change }) => change !== 'registered' && change !== 'archived')
        .map(({ month, version, change, reason }) => [month ?? 'start', version, change, reason ?? '']),
    ),
  );
  const events = totals.reduce((sum, row) => sum + row.events, 0);
  output.line('\nAfter the cut, over all papers');
  output.line(`  accuracy of the versions in production  ${percent(accuracy.production)}`);
  output.line(`  accuracy of v1.0.0, had it stayed       ${percent(accuracy.firstVersion)}`);
  output.line(
    `\n${events} events in ${seconds.toFixed(1)} s; predictions: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms (calls of up to 64 papers)`,
  );
  output.line('\nNext');
  output.line('  npx epochlog history               what was in production, when and why');
  output.line('  npx epochlog predict --title "Attention is all you need" --abstract "…"');
  output.line('  npx epochlog verify                rebuild every projection from the log and compare');
  output.line('  npx epochlog up                    run the services and the API, documented at /docs');
}
