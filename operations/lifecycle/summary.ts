import type { Session } from '../session.ts';
import type { DecisionStory, MonthStory, Story, TrainingStory } from './story.ts';

interface Total {
  type: string;
  events: number;
  first: string;
  last: string;
}

interface Latency {
  predictions: number;
  /** milliseconds, from request parsed to answer ready */
  p50: number;
  p95: number;
  p99: number;
}

/** The lifecycle of a model, as its story told it. */
export interface Summary {
  model: string;
  /** what is measured month by month: `accuracy` where the target is a class, `rmse` where it is a number */
  metric: string;
  months: readonly MonthStory[];
  decisions: readonly DecisionStory[];
  trainings: readonly TrainingStory[];
  /** raised, by cause */
  alerts: Readonly<Record<string, number>>;
  /** of the whole log */
  totals: readonly Total[];
  latency: Latency;
  /** of the metric, over all records after the cut, each counted once */
  overall: { production: number; firstVersion: number };
}

export async function readSummary({ query }: Pick<Session, 'query'>, story: Story): Promise<Summary> {
  const { model, metric, months, decisions, trainings, alerts, latencies } = story;
  const totals = await query<Total>('audit/types');
  return {
    model,
    metric,
    months,
    decisions,
    trainings,
    alerts: Object.fromEntries(alerts),
    totals: totals.map(({ type, events, first, last }) => ({ type, events, first, last })),
    latency: latencyOf(latencies),
    overall: {
      production: overall(months, metric, ({ value }) => value),
      firstVersion: overall(months, metric, ({ firstValue }) => firstValue),
    },
  };
}

/** Exact quantiles: the smallest latency that this share of the predictions does not exceed. */
function latencyOf(latencies: readonly number[]): Latency {
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
  return { predictions: sorted.length, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
}

/** A metric on all records, from its value in each month: an error is the root of the mean of its square. */
export function overall<Row extends Pick<MonthStory, 'records'>>(
  months: readonly Row[],
  metric: string,
  value: (month: Row) => number | null,
): number {
  const records = months.reduce((sum, month) => sum + month.records, 0);
  if (records === 0) return 0;
  const power = metric === 'rmse' ? 2 : 1;
  const mean = months.reduce((sum, month) => sum + (value(month) ?? 0) ** power * month.records, 0) / records;
  return mean ** (1 / power);
}
