import { z } from 'zod';
import { hyperparameter, identifier, version } from '../kernel/texts.ts';
import type { Parameters } from '../ml/engines/engine.ts';
import { PURPOSES } from '../ml/training/seeds.ts';

const seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** What a training file says besides the parameters of the engine, which are beside these or in sections of their own. */
const common = {
  model: identifier.optional(),
  engine: identifier.optional(),
  from: version.optional(),
  seed: seed.optional(),
  seeds: z
    .strictObject(Object.fromEntries(PURPOSES.map((purpose) => [purpose, seed.optional()])))
    .default({}),
  checkpoints: z
    .strictObject({
      every: z
        .int()
        .min(1)
        .max(2 ** 31 - 1)
        .optional(),
      keepBest: z.int().min(0).max(1_000).optional(),
    })
    .default({}),
};

/** What of a training file says which engine it is for: all else waits until that is known. */
export const trainingFileHead = z.looseObject({ model: common.model, engine: common.engine });

/** A training file, read. */
export interface TrainingFile {
  readonly model: string | undefined;
  readonly engine: string | undefined;
  readonly from: string | undefined;
  readonly seed: number | undefined;
  readonly seeds: Readonly<Record<string, number>>;
  readonly checkpointEvery: number | undefined;
  readonly keepBest: number | undefined;
  /** those that it names */
  readonly parameters: Parameters;
}

/**
 * A training file for an engine. Each parameter of the engine is a key of its own or, where the engine says so, of a section:
 * `optimiser: { kind: adamw, learningRate: 2e-5 }`, where `kind` is the parameter with the name of the section, unless
 * the engine has another key for it (`augmentation: { methods: [swap] }`). Every value is
 * checked as the engine has it; what the file leaves out stays out.
 */
export function trainingFile(engine: z.ZodObject): z.ZodType<TrainingFile> {
  const places = Object.keys(engine.shape).map((name) => placeOf(engine, name));
  const shapes = new Map<string, Record<string, z.ZodType>>();
  for (const { section, key, name } of places) {
    const shape = shapes.get(section) ?? {};
    shapes.set(section, { ...shape, [key]: given(engine.shape[name]) });
  }
  const { '': own = {}, ...sections } = Object.fromEntries(shapes);
  const inSections = Object.entries(sections).map(([section, shape]) => [
    section,
    z.strictObject(shape).default({}),
  ]);
  const file = z.strictObject({ ...own, ...Object.fromEntries(inSections), ...common });
  return file.transform((read) => {
    const { model, engine: named, from, seed, seeds, checkpoints } = z.object(common).parse(read);
    return {
      ...{ model, engine: named, from, seed },
      seeds: withoutMissing(seeds),
      checkpointEvery: checkpoints.every,
      keepBest: checkpoints.keepBest,
      parameters: withoutMissing(
        Object.fromEntries(places.map(({ section, key, name }) => [name, valueAt(read, section, key)])),
      ),
    };
  });
}

/** Where a parameter stands: by its own name at the top (section ''), or in a section. */
function placeOf(engine: z.ZodObject, name: string): { name: string; section: string; key: string } {
  const { section, key } = engine.shape[name].meta() ?? {};
  if (typeof section !== 'string') return { name, section: '', key: name };
  if (typeof key === 'string') return { name, section, key };
  return { name, section, key: name === section ? 'kind' : name };
}

/** The same without its default. */
const given = (parameter: z.ZodType): z.ZodType =>
  parameter instanceof z.ZodDefault ? given(parameter.unwrap() as z.ZodType) : parameter.optional();

function valueAt(file: Readonly<Record<string, unknown>>, section: string, key: string) {
  const holder = section === '' ? file : (file[section] as Readonly<Record<string, unknown>>);
  return hyperparameter.optional().parse(holder[key]);
}

const withoutMissing = <Value>(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
