import type { Instance } from '../../ml/instance/schema.ts';
import { metricNamed } from '../../ml/metrics/catalogue.ts';
import type { MonthRow, Summary } from '../../operations/lifecycle/summary.ts';
import { measure, type Output, table } from '../output.ts';
import { predictCall } from '../predict-call.ts';

const headings = (metric: string) => [
  ...['month', 'records', 'in production', metric, 'v1.0.0', 'highest PSI', 'drifted'],
];

const cellsOf = (metric: string) => (row: MonthRow) => [
  row.month,
  row.records,
  row.versions.join(', '),
  measure(metric, row.value),
  row.first_value === null ? '-' : measure(metric, row.first_value),
  row.highest_psi === null ? '-' : `${row.highest_psi.toFixed(2)} ${row.highest_feature}`,
  row.drifted.join(', '),
];

/** The summary for people, ending with what to type next. `example` is an instance to ask about. */
export function printSummary(summary: Summary, example: Instance, output: Output, seconds: number): void {
  const { model, metric, months, trainings, decisions, latency, overall, totals } = summary;
  output.line(`\nDrift and ${metric}, month by month`);
  output.line(table(headings(metric), months.map(cellsOf(metric))));
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
  const { better } = metricNamed(metric);
  output.line(`\nAfter the cut, over all records whose target is known: ${metric}, ${better} is better`);
  output.line(`  the versions in production  ${measure(metric, overall.production)}`);
  output.line(`  v1.0.0, had it stayed       ${measure(metric, overall.firstVersion)}`);
  output.line(
    `\n${events} events in the log; ${seconds.toFixed(1)} s; predictions: p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms (calls of up to 64 records)`,
  );
  output.line('\nNext');
  output.line(`  npx epochlog history ${model}    what was in production, when and why`);
  output.line(`  ${predictCall(model, example)}`);
  output.line('  npx epochlog verify    rebuild every projection from the log and compare');
  output.line('  npx epochlog up        run the services and the API, documented at /docs');
}
