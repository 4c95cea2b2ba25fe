/** A bound, and what was measured. */
export interface GateCheck {
  readonly metric: string;
  readonly rule: string;
  readonly value: number | null;
  readonly comparison: string;
  readonly threshold: number | null;
  readonly baseline: number | null;
  readonly unit: string;
  readonly level: string;
  readonly passed: boolean;
  readonly reason: string;
}
