// The tree-structured Parzen estimator beside Optuna's: the best value after some trials, over some seeds.
//
//   node test/bench/search.ts [--trials 100] [--seeds 30]
//
// Both search the same three functions with their defaults (multivariate, conditions by groups, 10 trials at random first),
// and ours at random too. A table goes to stderr, JSON to stdout. Optuna comes from PyPI into .cache/.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomSampler } from '../../ml/search/samplers/random.ts';
import type { Sampler } from '../../ml/search/samplers/sampler.ts';
import { tpeSampler } from '../../ml/search/samplers/tpe.ts';
import { spaceSchema } from '../../ml/search/space.ts';
import { bestOf, type Trial } from '../../ml/search/trial.ts';
import { pythonWith } from '../interop/python.ts';
import { jsonFrom } from './python.ts';
import { SEARCH_FUNCTIONS } from './search-functions.ts';

interface Outcome {
  readonly best: readonly number[];
  readonly seconds: number;
}

const { values: options } = parseArgs({
  options: { trials: { type: 'string', default: '100' }, seeds: { type: 'string', default: '30' } },
});
const trials = Number(options.trials);
const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);

const python = await pythonWith(join(import.meta.dirname, '../interop/search/requirements.txt'));
const optuna = join(import.meta.dirname, 'optuna-contestant.py');
const results = Object.keys(SEARCH_FUNCTIONS).flatMap((name) => {
  const contestants: [string, Outcome][] = [
    ['epochlog', outcomeOf(name, tpeSampler)],
    ['optuna', jsonFrom(python, [optuna, name, String(trials), ...seeds.map(String)])],
    ['random', outcomeOf(name, randomSampler)],
  ];
  return contestants.map(([contestant, { best, seconds }]) => {
    const sorted = best.toSorted((a, b) => a - b);
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((q) => quantile(sorted, q));
    return {
      function: name,
      contestant,
      lower,
      median,
      upper,
      msPerTrial: (1000 * seconds) / (seeds.length * trials),
    };
  });
});
console.log(JSON.stringify(results, null, 2));
for (const { function: name, contestant, lower, median, upper, msPerTrial } of results) {
  const cells = [name, contestant].map((cell) => cell.padEnd(12)).join('');
  const numbers = `${median!.toFixed(4).padStart(9)}  (${lower!.toFixed(4)} to ${upper!.toFixed(4)})`;
  console.error(`${cells}${numbers}  ${msPerTrial.toFixed(1)} ms a trial`);
}

function outcomeOf(name: string, sampler: Sampler): Outcome {
  const started = performance.now();
  const best = seeds.map((seed) => bestAfter(name, sampler, seed));
  return { best, seconds: (performance.now() - started) / 1000 };
}

function bestAfter(name: string, sampler: Sampler, seed: number): number {
  const { space, of } = SEARCH_FUNCTIONS[name]!;
  const plan = { space: spaceSchema.parse(space), direction: 'minimize', seed, startupTrials: 10 } as const;
  const done: Trial[] = [];
  for (let number = 0; number < trials; number++) {
    const values = sampler(plan, done, number)!;
    done.push({ number, values, state: 'completed', value: of(values), reports: [] });
  }
  return bestOf(done, 'minimize')!.value;
}

function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at % 1) * (sorted[Math.ceil(at)]! - below);
}
