import type { Begun } from './progress.ts';

/** Why a home that holds lifecycles cannot hold another one, and whether another home could. */
export interface Conflict {
  readonly reason: string;
  /** `elsewhere`: in another home; `resume`: with the cut that it began with */
  readonly solution: 'elsewhere' | 'resume';
  readonly advice: string;
}

/** A lifecycle that is about to begin, or to resume. */
export interface Intended {
  readonly model: string;
  readonly task: string;
  /** digest of its records */
  readonly source: string;
  readonly cut: string;
}

/** Undefined where a home can hold it: the lifecycle is new there, or the one that the home holds. */
export function conflictOf(
  begun: readonly Begun[],
  { model, task, source, cut }: Intended,
): Conflict | undefined {
  const neighbour = begun.find((lifecycle) => lifecycle.task === task && lifecycle.model !== model);
  if (neighbour) {
    const shared = `models of one task share its samples, and ${model} would learn from later ones`;
    return {
      reason: `the lifecycle of ${neighbour.model}, of the same task ${task}: ${shared}`,
      ...ELSEWHERE,
    };
  }
  const own = begun.find((lifecycle) => lifecycle.model === model);
  if (!own) return undefined;
  if (own.source !== source) return { reason: `the lifecycle of ${model} with other records`, ...ELSEWHERE };
  if (own.cut === cut) return undefined;
  return {
    reason: `a lifecycle of ${model} cut at ${own.cut}, not at ${cut}`,
    solution: 'resume',
    advice: `resume it with --cut ${own.cut}, or ${ELSEWHERE.advice}`,
  };
}

const ELSEWHERE = {
  solution: 'elsewhere',
  advice: 'name another data folder with --home or EPOCHLOG_HOME',
} as const;
