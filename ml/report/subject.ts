import type { Findings as Found } from '../evaluation/findings.ts';
import type { EvaluationReport } from '../evaluation/report.ts';
import type { ToldImpact } from './impact.ts';

type Numbers = Readonly<Record<string, number>>;

/** The artifact of an evaluation: curves, mistakes, slices. Older ones have parts of it. */
export type Findings = Partial<EvaluationReport & Found>;

/** What an evaluation measured. */
export interface Measured {
  readonly evaluationId: string;
  readonly samples: number;
  readonly primaryMetric: string;
  readonly metrics: Numbers;
  /** ends of the 95 % intervals, of those metrics that have one */
  readonly lower: Numbers;
  readonly upper: Numbers;
  readonly operational: Numbers;
  readonly perClass: readonly {
    readonly label: string;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[];
  /** rows are labels, in the order of `perClass` */
  readonly confusion: readonly (readonly number[])[];
  readonly suites: readonly {
    readonly suite: string;
    readonly weight: number;
    readonly samples: number;
    readonly score: number;
  }[];
}

/** What people said of a model when they declared it; an empty text was not said. */
export interface Declared {
  readonly owner: string;
  readonly description: string;
  readonly intendedUse: string;
  /** what it must not be used for */
  readonly limits: string;
  readonly ethics: string;
  readonly caveats: string;
  readonly maintenance: string;
  readonly licence: string;
}

/** What is told of a run, and of the version that it became. */
export interface ReportSubject {
  /** what putting it into production changed, where it was */
  readonly impact?: readonly ToldImpact[];
  readonly model: string;
  readonly version: string | null;
  readonly runId: string;
  readonly declared: Declared | null;
  readonly configuration: readonly (readonly [name: string, value: string])[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly epochs: readonly {
    readonly epoch: number;
    readonly trainLoss: number;
    readonly validation: Numbers;
  }[];
  readonly evaluation: Measured | null;
  /** what happened to the version, oldest first */
  readonly decisions: readonly (readonly [time: string, what: string, who: string, why: string])[];
}

/** What matters to a version at all. */
export interface Importance {
  readonly features: readonly {
    readonly feature: string;
    readonly mean: number;
    readonly label: string | null;
  }[];
  readonly fields: readonly {
    readonly field: string;
    readonly mean: number;
    readonly std: number;
    readonly metric: string;
  }[];
}

/** What an evaluation found, from its artifact. Undefined parts were not looked for. */
export const parseFindings = (bytes: Uint8Array): Findings =>
  JSON.parse(new TextDecoder().decode(bytes)) as Findings;
