import { measure } from '../metrics/format.ts';
import { measureNamed } from '../metrics/operational.ts';
import type { GateCheck } from './check.ts';
import { constantCheck } from './constant.ts';
import type { Evidence } from './evidence.ts';

/** Bounds of a metric; null: none of that kind. */
export interface Gate {
  readonly metric: string;
  /** critical, or warning */
  readonly level: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** share of the value of the version in production that it must reach */
  readonly ofBaseline: number | null;
  /** how much worse than the version in production it may be */
  readonly regression: number | null;
}

/** What guards an environment. */
export interface Guard {
  /** whether a version must be better than one constant answer */
  readonly beatsConstant: boolean;
  readonly gates: readonly Gate[];
}

/** What a version was held against. */
export interface Verdict {
  readonly passed: boolean;
  readonly checks: readonly GateCheck[];
}

/** Why a version stays out, whatever it is compared with. */
export interface GateFault {
  readonly code: 'BELOW_FLOOR' | 'GATE_FAILED';
  readonly reason: string;
}

const RULES = ['minimum', 'maximum', 'ofBaseline', 'regression'] as const;
type Rule = (typeof RULES)[number];

/** Whether a gate compares with the version in production. */
export const isRelative = ({ ofBaseline, regression }: Gate): boolean =>
  ofBaseline !== null || regression !== null;

/**
 * Holds what was measured of a version against what guards an environment. A critical gate whose metric was not measured
 * fails. One that is relative to the version in production passes where nothing is there.
 *
 * @param rival the version in production
 */
export function evaluateGates(
  evidence: Evidence | undefined,
  { beatsConstant, gates }: Guard,
  rival: string | undefined,
): Verdict {
  const floor = evidence && beatsConstant ? constantCheck(evidence) : undefined;
  const checks = gates.flatMap((gate) =>
    RULES.filter((rule) => gate[rule] !== null).map((rule) => checkOf(gate, rule, evidence, rival)),
  );
  const all = floor ? [floor, ...checks] : checks;
  return { passed: all.every(({ passed, level }) => passed || level !== 'critical'), checks: all };
}

/** The critical gates that a version fails, in one sentence; undefined when there is none. */
export function faultOf({ checks }: Verdict): GateFault | undefined {
  const failed = checks.filter(({ passed, level }) => !passed && level === 'critical');
  const floor = failed.find(({ rule }) => rule === 'constant');
  if (floor) return { code: 'BELOW_FLOOR', reason: floor.reason };
  if (failed.length === 0) return undefined;
  return { code: 'GATE_FAILED', reason: `its ${failed.map(({ reason }) => reason).join(', and its ')}` };
}

function checkOf(
  gate: Gate,
  rule: Rule,
  evidence: Evidence | undefined,
  rival: string | undefined,
): GateCheck {
  const { metric, level } = gate;
  const { unit, better } = measureNamed(metric);
  const value = evidence?.values[metric] ?? null;
  const relative = rule === 'ofBaseline' || rule === 'regression';
  const beside = evidence?.baseline?.version === rival ? evidence?.baseline : undefined;
  const baseline = relative && rival !== undefined ? (beside?.values[metric] ?? null) : null;
  const comparison =
    rule === 'minimum' ? '>=' : rule === 'maximum' ? '<=' : better === 'higher' ? '>=' : '<=';
  const threshold = relative ? relativeTo(baseline, rule, gate[rule]!, better) : gate[rule]!;
  const common = { metric, rule, value, comparison, threshold, baseline, unit, level };
  const told = (passed: boolean, reason: string): GateCheck => ({ ...common, passed, reason });

  if (value === null) return told(false, `${metric} was not measured`);
  if (relative && rival === undefined) return told(true, `${metric} has no version in production beside it`);
  if (threshold === null)
    return told(false, `${metric} was not measured beside ${rival}, which is in production`);
  const passed = comparison === '>=' ? value >= threshold : value <= threshold;
  return told(passed, sentence(common, threshold, passed, relative ? rival : undefined));
}

/** The bound that follows from the value of the version in production. */
function relativeTo(
  baseline: number | null,
  rule: 'ofBaseline' | 'regression',
  bound: number,
  better: 'higher' | 'lower',
): number | null {
  if (baseline === null) return null;
  if (rule === 'regression') return better === 'higher' ? baseline - bound : baseline + bound;
  return better === 'higher' ? bound * baseline : baseline / bound;
}

const WORDS = { minimum: 'the minimum', maximum: 'the maximum' } as const;

function sentence(
  { metric, rule, value, comparison, baseline, unit }: Omit<GateCheck, 'passed' | 'reason'>,
  threshold: number,
  passed: boolean,
  rival: string | undefined,
): string {
  const shown = (number: number) => withUnit(metric, number, unit);
  const side = comparison === '>=' ? (passed ? 'not below' : 'below') : passed ? 'not above' : 'above';
  const bound =
    rival === undefined
      ? `${WORDS[rule as keyof typeof WORDS]} of ${shown(threshold)}`
      : `${shown(threshold)}, which follows from ${shown(baseline!)} of ${rival}`;
  return `${metric} of ${shown(value!)} is ${side} ${bound}`;
}

/** A value with its unit, as people write it. */
export function withUnit(metric: string, value: number, unit: string): string {
  if (unit === 'MB' || unit === 'ms') return `${value.toPrecision(3)} ${unit}`;
  return measure(metric.split('.').at(-1)!, value, 2);
}
