import type { MonthRow, Summary } from '../../operations/lifecycle/summary.ts';
import { type Output, percent, table } from '../output.ts';

const MONTH_HEADINGS = ['month', 'papers', 'in production', 'accuracy', 'v1.0.0', 'highest PSI', 'drifted'];

const monthCells = (row: MonthRow): (string | number)[] => [
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
