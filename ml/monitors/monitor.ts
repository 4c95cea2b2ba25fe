import type { z } from 'zod';

/** What a policy says of a monitor. */
export interface Bounds {
  /** beyond which an alert is raised */
  readonly limit: number;
  /** within which it is resolved */
  readonly clear: number;
  /** p-value below which a value beyond the limit is no chance; null: each value counts */
  readonly significance: number | null;
  /** observations that it takes */
  readonly minimumSamples: number;
  /** milliseconds of which observations count */
  readonly window: number;
  /** of the kind alone, complete */
  readonly options: Readonly<Record<string, string>>;
}

/** What a look says. */
export interface Verdict {
  /** what was measured */
  readonly value: number;
  /** observations behind it */
  readonly samples: number;
  /** beyond the limit, within the clear bound, or neither */
  readonly state: 'bad' | 'good' | 'between';
  /** the numbers, for people */
  readonly reason: string;
}

/** When a monitor looks. */
export type Trigger =
  /** at most once in `every`, when enough predictions have come within its window */
  | 'traffic'
  /** each time so many predictions have come */
  | 'predictions'
  /** each time so many true labels or numbers have come */
  | 'outcomes'
  /** when no prediction has come for so long as the limit says, in milliseconds */
  | 'silence'
  /** when the version in production is as old as the limit says, in milliseconds; it measures nothing */
  | 'age'
  /** at the end of a window that follows one with enough predictions */
  | 'windows'
  /** at each outcome; it measures nothing */
  | 'stream';

/**
 * A kind of monitor: one file of this folder, found by its name. What it measures is the named query `monitors/<file name>` of
 * projections/, which takes `model`, `version`, `since`, `before` (milliseconds since the epoch) and its options.
 */
export interface MonitorKind<Row = never> {
  readonly trigger: Trigger;
  /** streams whose rows the query reads; empty when it measures nothing */
  readonly streams: readonly string[];
  /** the unit of its limit: a share, milliseconds, a duration, or none */
  readonly unit: 'share' | 'milliseconds' | 'duration' | 'number';
  /** whether the limit is a minimum: what is below it is bad */
  readonly isMinimum?: boolean;
  /** text values with defaults, for its policy */
  readonly options: z.ZodObject;
  /** parameters of the query, besides those that all have */
  parameters?(bounds: Bounds): Readonly<Record<string, string>>;
  /** undefined when there are too few observations */
  judge(rows: readonly Row[], bounds: Bounds): Verdict | undefined;
}
