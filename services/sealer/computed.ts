import { EpochlogError } from '../../kernel/errors.ts';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { type RollingFeature, rolling, rollingNames, withRolling } from '../../ml/dataset/rolling.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import type { ModelDeclared } from '../../schemas/events.generated.ts';
import { declaredModel } from '../../tasks/models.ts';
import type { Splits } from './rows.ts';
import type { SealedCorpus } from './sealed-corpus.ts';

/** The features of a model as its file has them; none of a file that is no declaration any longer. */
export function rollingIn({ model, file }: Pick<ModelDeclared, 'model' | 'file'>): RollingFeature[] {
  try {
    return declaredModel(model, file).features.map(({ rolling }) => rolling);
  } catch (error) {
    if (error instanceof EpochlogError && error.code === 'INPUT_INVALID') return [];
    throw error;
  }
}

/** Fields of instances that are computed when a dataset is sealed, from all of its samples in the order of their times. */
export interface Computed {
  readonly schema: InstanceSchema;
  /** A sample with its fields. Samples come in the order of the corpus, each once. */
  add(sample: DatasetSample): DatasetSample;
}

/**
 * Reads the samples of all splits once. It keeps their times, groups and numbers, and the statistics.
 *
 * @throws EpochlogError INPUT_INVALID where a sample has no time
 */
export async function computedFields(
  schema: InstanceSchema,
  features: readonly RollingFeature[],
  corpus: Pick<SealedCorpus, 'samples'>,
  splits: Splits,
): Promise<Computed> {
  const fields = Object.keys(schema.fields);
  if (features.length === 0)
    return { schema, add: (sample) => ({ ...sample, instance: own(sample, fields) }) };
  const times: number[] = [];
  const columns = features.map(() => ({
    groups: [] as (string | undefined)[],
    values: [] as number[],
  }));
  for await (const chunk of corpus.samples(splits)) {
    for (const { id, time, instance } of chunk) {
      times.push(timeOf(id, time));
      for (const [at, { column, by }] of features.entries()) {
        const [group, value] = [instance[by], instance[column]];
        columns[at]!.groups.push(typeof group === 'string' ? group : undefined);
        columns[at]!.values.push(typeof value === 'number' ? value : Number.NaN);
      }
    }
  }
  const computed = features.map((feature, at) => ({
    names: rollingNames(feature),
    values: rolling({ times, ...columns[at]! }, feature),
  }));
  let row = 0;
  return {
    schema: withRolling(schema, features),
    add(sample) {
      const entries = computed.flatMap(({ names, values }) =>
        names.map((name, at) => {
          const value = values[row * names.length + at]!;
          return [name, Number.isNaN(value) ? null : value] as const;
        }),
      );
      row += 1;
      return { ...sample, instance: { ...own(sample, fields), ...Object.fromEntries(entries) } };
    },
  };
}

/** Without what the dataset that is extended had computed. */
function own({ instance }: DatasetSample, fields: readonly string[]): Instance {
  const names = Object.keys(instance);
  if (names.every((name) => fields.includes(name))) return instance;
  return Object.fromEntries(Object.entries(instance).filter(([name]) => fields.includes(name)));
}

function timeOf(id: string, time: string | null): number {
  const instant = time === null ? Number.NaN : Date.parse(time);
  if (!Number.isNaN(instant)) return instant;
  throw new EpochlogError(
    'INPUT_INVALID',
    `rolling features follow the times of records, and ${id} has none: name a column as 'time' in the task`,
  );
}
