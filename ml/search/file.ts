import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';
import type { Parameters } from '../engines/engine.ts';
import { completeParameters } from '../engines.ts';
import { InvalidInput } from '../errors.ts';
import { METRICS } from '../metrics/catalogue.ts';
import { isOwnMetric } from '../metrics/operational.ts';
import type { ProblemType } from '../problem.ts';
import type { Domain, Value } from './domain.ts';
import { gridOf } from './domain.ts';
import { gridPoints } from './samplers/grid.ts';
import { spaceSchema } from './space.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Such as 90s, 30m, 1h or 2d; in seconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'is a time such as 90s, 30m, 1h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1)!]!);

/** A kind by its name alone, or with what it needs to know. */
const oneOf = <T extends z.ZodDiscriminatedUnion>(choices: T) =>
  z.preprocess((given) => (typeof given === 'string' ? { kind: given } : given), choices);

const SAMPLERS = ['tpe', 'random', 'grid', 'population'];
const PRUNERS = ['none', 'median', 'percentile', 'successive_halving'];

const unknownKind = (kinds: readonly string[]) => ({
  error: ({ input }: { input?: unknown }) => {
    const kind = typeof input === 'object' && input !== null && 'kind' in input ? String(input.kind) : '';
    return kind === '' ? `needs a kind: ${kinds.join(', ')}` : `is '${kind}'; ${suggestion(kind, kinds)}`;
  },
});

const sampler = oneOf(
  z.discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('tpe') }),
      z.strictObject({ kind: z.literal('random') }),
      z.strictObject({ kind: z.literal('grid'), points: z.int().min(1).max(1_000).default(5) }),
      z.strictObject({ kind: z.literal('population'), size: z.int().min(2).max(1_000).default(10) }),
    ],
    unknownKind(SAMPLERS),
  ),
);

const patience = {
  startup_trials: z.int().min(0).default(5),
  warmup_steps: z.int().min(0).default(3),
};

const pruner = oneOf(
  z.discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('median'), ...patience }),
      z.strictObject({ kind: z.literal('percentile'), percentile: z.number().min(0).max(100), ...patience }),
      z.strictObject({
        kind: z.literal('successive_halving'),
        min_resource: z.int().min(1).default(1),
        reduction_factor: z.int().min(2).max(100).default(4),
      }),
    ],
    unknownKind(PRUNERS),
  ),
);

const parameter = z.union([z.string(), z.number(), z.boolean()]);

/** What a search file says: the model, what is searched, what for, how, and how long. */
export const searchFile = z.strictObject({
  model: z.string().min(1).max(64),
  /** parameters of the engine that all trials share; they go before those of the model */
  base_config: z.record(z.string(), z.union([parameter, z.array(parameter)])).default({}),
  space: spaceSchema,
  objective_metric: z.string().optional(),
  direction: z.literal(['minimize', 'maximize']).optional(),
  max_evals: z.int().min(1).max(10_000).default(50),
  startup_trials: z.int().min(1).max(10_000).default(10),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42),
  time_limit: duration.optional(),
  /** of the objective; without them it is that of the validation split */
  folds: z.int().min(2).max(20).optional(),
  parallel_trials: z.int().min(1).max(64).default(1),
  /** best trials whose packages stay; those of the others are deleted when the search has ended */
  keep_trials: z
    .union([z.literal('all'), z.int().min(1).max(10_000)], { error: "is a number from 1 on, or 'all'" })
    .default(3)
    .optional(),
  sampler: sampler.default({ kind: 'tpe' }),
  pruner: pruner.default({ kind: 'median', startup_trials: 5, warmup_steps: 3 }),
});

export type SearchFile = z.infer<typeof searchFile>;

/**
 * Of a search of a model's parameters, what it is after: the metric and its direction.
 *
 * @throws InvalidInput `metric` for one that the validation split of such a task does not have, or one of the user without a direction
 */
export function objectiveOf(
  { objective_metric, direction }: Pick<SearchFile, 'objective_metric' | 'direction'>,
  type: ProblemType,
  primary: string,
): { metric: string; direction: 'minimize' | 'maximize' } {
  const name = objective_metric ?? primary;
  const known = Object.keys(METRICS).filter((each) => METRICS[each]!.appliesTo.includes(type));
  if (isOwnMetric(name)) {
    if (direction) return { metric: name, direction };
    throw new InvalidInput(
      'metric',
      `direction: which value of ${name} is better is not known: say minimize or maximize`,
    );
  }
  if (!known.includes(name)) {
    throw new InvalidInput(
      'metric',
      `objective_metric: no trial reports '${name}', which is no metric of ${type}; ${suggestion(name, known)}`,
    );
  }
  return {
    metric: name,
    direction: direction ?? (METRICS[name]!.better === 'lower' ? 'minimize' : 'maximize'),
  };
}

/**
 * Refuses a search whose trials an engine could not train: a parameter that it does not have, or a value of the space that
 * it does not take, as far as each parameter alone can tell.
 *
 * @param declared the parameters of the model
 * @returns the parameters that all trials share
 * @throws InvalidInput `engine`, `parameter`, `grid`
 */
export function sharedParameters(
  { space, base_config, sampler: chosen }: SearchFile,
  engine: string,
  declared: Parameters,
): Parameters {
  const shared = { ...declared, ...base_config };
  completeParameters(engine, shared);
  for (const { name, domain } of space) {
    if (Object.hasOwn(base_config, name)) {
      throw new InvalidInput(
        'parameter',
        `'${name}' is in base_config and in space: it can be in one of them`,
      );
    }
    for (const value of extremesOf(domain)) {
      try {
        completeParameters(engine, { [name]: value });
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw new InvalidInput('parameter', `space.${name}: ${error.message}`, { cause: error });
      }
    }
  }
  if (chosen.kind === 'grid') gridPoints(space, chosen.points);
  return shared;
}

const extremesOf = (domain: Domain): readonly Value[] =>
  domain.type === 'categorical' ? domain.choices : gridOf(domain, 2);
