import type { Session } from '../session.ts';
import { lifecycleIds } from './ids.ts';

export interface MonthRow {
  month: string;
  /** predicted, and with a known target */
  records: number;
  versions: string[];
  /** of the metric, by the versions in production */
  value: number;
  /** of the metric, by the first version on the same records */
  first_value: number | null;
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

/** The lifecycle of a model as the projections show it. */
export interface Summary {
  model: string;
  /** what is measured month by month: `accuracy` where the target is a class, `rmse` where it is a number */
  metric: string;
  months: MonthRow[];
  decisions: Decision[];
  trainings: TrainingPlan[];
  /** of the whole log */
  totals: Total[];
  latency: Latency;
  /** of the metric, over all records after the cut, each counted once */
  overall: { production: number; firstVersion: number };
}

export async function readSummary(session: Session, model: string, metric: string): Promise<Summary> {
  const params = { model };
  const prefix = lifecycleIds(model).firstPrefix;
  const months = await session.query<MonthRow>('lifecycle/months', { model, prefix, metric });
  const [latency] = await session.query<Latency>('lifecycle/latency', params);
  return {
    model,
    metric,
    months,
    decisions: await session.query<Decision>('lifecycle/decisions', params),
    trainings: await session.query<TrainingPlan>('lifecycle/trainings', params),
    totals: await session.query<Total>('lifecycle/totals'),
    latency: latency ?? { predictions: 0, p50: 0, p95: 0, p99: 0 },
    overall: {
      production: overall(months, metric, ({ value }) => value),
      firstVersion: overall(months, metric, ({ first_value }) => first_value ?? 0),
    },
  };
}

/** A metric on all records, from its value in each month: an error is the root of the mean of its square. */
export function overall<Row extends Pick<MonthRow, 'records'>>(
  months: readonly Row[],
  metric: string,
  value: (month: Row) => number,
): number {
  const records = months.reduce((sum, month) => sum + month.records, 0);
  if (records === 0) return 0;
  const power = metric === 'rmse' ? 2 : 1;
  const mean = months.reduce((sum, month) => sum + value(month) ** power * month.records, 0) / records;
  return mean ** (1 / power);
}
