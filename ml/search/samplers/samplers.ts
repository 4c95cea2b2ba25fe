import { gridSampler } from './grid.ts';
import { populationSampler } from './population.ts';
import { randomSampler } from './random.ts';
import type { Sampler } from './sampler.ts';
import { tpeSampler } from './tpe.ts';

/** How the parameters of a trial are chosen, and what that needs to know. */
export type SamplerChoice =
  | { readonly kind: 'tpe' }
  | { readonly kind: 'random' }
  | { readonly kind: 'grid'; readonly points: number }
  | { readonly kind: 'population'; readonly size: number };

export function samplerOf(choice: SamplerChoice): Sampler {
  switch (choice.kind) {
    case 'tpe':
      return tpeSampler;
    case 'random':
      return randomSampler;
    case 'grid':
      return gridSampler(choice.points);
    case 'population':
      return populationSampler(choice.size);
  }
}
