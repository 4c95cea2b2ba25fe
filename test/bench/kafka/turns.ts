import type { Rate } from './meter.ts';

/** One work, done in several ways. */
export interface Contest {
  what: string;
  unit: string;
  /** each does it for a while; the first is epochlog */
  contestants: Readonly<Record<string, () => Promise<Rate>>>;
}

export interface Outcome {
  what: string;
  unit: string;
  rounds: number;
  contestants: readonly Figures[];
}

/** Of all rounds. */
export interface Figures {
  name: string;
  /** in a second */
  median: number;
  best: number;
  /** of this process, for each; the median */
  cpuMicros: number;
  /** what epochlog takes as a multiple of what this one takes: time by the medians, by the best, and CPU time */
  overhead: { median: number; best: number; cpu: number };
}

/**
 * All contests in rounds, the contestants of each taking turns, so that what disturbs one disturbs all. Ends when
 * there were so many rounds, or another would pass the deadline (on the clock of `performance.now`).
 */
export async function holdRounds(
  contests: readonly Contest[],
  rounds: number,
  deadline: number,
): Promise<Outcome[]> {
  const rates = contests.map(({ contestants }) => Object.keys(contestants).map((): Rate[] => []));
  let longest = 0;
  for (let round = 0; round < rounds && performance.now() + longest < deadline; round++) {
    const start = performance.now();
    for (const [i, { contestants }] of contests.entries()) {
      const order = [...Object.values(contestants).entries()];
      for (const [j, run] of round % 2 === 0 ? order : order.reverse()) rates[i]![j]!.push(await run());
    }
    longest = Math.max(longest, performance.now() - start);
  }
  return contests.map((contest, i) => outcomeOf(contest, rates[i]!));
}

function outcomeOf({ what, unit, contestants }: Contest, rates: readonly (readonly Rate[])[]): Outcome {
  const summaries = Object.keys(contestants).map((name, j) => ({ name, ...summaryOf(rates[j]!) }));
  const own = summaries[0]!;
  const ratio = (a: number, b: number) => Number((a / b).toFixed(2));
  return {
    what,
    unit,
    rounds: rates[0]!.length,
    contestants: summaries.map(({ name, median, best, cpuMicros }) => ({
      name,
      median: Math.round(median),
      best: Math.round(best),
      cpuMicros: Math.round(cpuMicros),
      overhead: {
        median: ratio(median, own.median),
        best: ratio(best, own.best),
        cpu: ratio(own.cpuMicros, cpuMicros),
      },
    })),
  };
}

function summaryOf(rates: readonly Rate[]): Omit<Figures, 'name' | 'overhead'> {
  const perSecond = rates.map((rate) => rate.perSecond);
  return {
    median: medianOf(perSecond),
    best: Math.max(...perSecond),
    cpuMicros: medianOf(rates.map((rate) => rate.cpuMicros)),
  };
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** As lines of a table. */
export function* tableOf(outcomes: readonly Outcome[]): Iterable<string> {
  const number = (value: number, width: number) => value.toLocaleString('en').padStart(width);
  const times = (value: number) => `${value.toFixed(2)} ×`.padStart(9);
  for (const { what, unit, contestants } of outcomes) {
    yield `${what.padEnd(44)}${`median ${unit}`.padStart(18)}     best   CPU µs   epochlog: median, best, CPU`;
    for (const [i, { name, median, best, cpuMicros, overhead }] of contestants.entries()) {
      const ratios =
        i === 0 ? '' : `   ${times(overhead.median)}${times(overhead.best)}${times(overhead.cpu)}`;
      yield `  ${name.padEnd(42)}${number(median, 18)}${number(best, 9)}${number(cpuMicros, 9)}${ratios}`;
    }
  }
}
