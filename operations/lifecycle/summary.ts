import type { Session } from '../session.ts';
import { FIRST_VERSION_PREFIX } from './drive.ts';

export interface MonthRow {
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

/** The lifecycle as the projections show it. */
export interface Summary {
  months: MonthRow[];
  decisions: Decision[];
  trainings: TrainingPlan[];
  totals: Total[];
  latency: Latency;
  /** over all papers after the cut, each counted once */
  accuracy: { production: number; firstVersion: number };
}

const readMonths = (session: Session) =>
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
