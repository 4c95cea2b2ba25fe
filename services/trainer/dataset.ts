import { inFoldOf } from '../../ml/dataset/cross-validation.ts';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { assertTrainable } from '../../ml/dataset/trainable.ts';
import type { TrainingData } from '../../ml/engines/engine.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { sha256 } from '../../ml/hash.ts';
import type { DatasetProvenance } from '../../ml/package/metadata.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { TrainingRequested } from '../../schemas/events.generated.ts';
import type { TrainingStart } from './protocol.ts';

/** What a training reads of a sealed dataset, and what its package says of it. INPUT_INVALID as InvalidInput. */
export async function readTrainingData({
  dataset,
  parameters,
  seed,
  seeds,
  datasetId,
  contentHash,
  fold,
  start,
}: TrainingStart): Promise<{ data: TrainingData; provenance: DatasetProvenance }> {
  const sealed = await decodeDataset(dataset!, ['train', 'validation']);
  assertTrainable(sealed, sealed.samples);
  const { task, schema } = sealed;
  const samples = fold ? foldOf(sealed.samples, fold) : sealed.samples;
  const train = samples.filter(({ split }) => split === 'train');
  const validation = samples.filter(({ split }) => split === 'validation');
  if (validation.length === 0) throw new InvalidInput('no-samples', 'there are no samples to validate on');
  return {
    data: {
      task,
      schema,
      train,
      validation,
      parameters,
      seed,
      ...(seeds && { seeds }),
      ...(start && { start }),
    },
    provenance: {
      id: datasetId,
      sha256: contentHash,
      description: describe(task, samples),
      samples: { train: train.length, validation: validation.length },
    },
  };
}

/** Of a search a fold is validated on; of a cross-validation it is left out. */
const foldOf = (
  samples: readonly DatasetSample[],
  fold: NonNullable<TrainingRequested['fold']>,
): DatasetSample[] => (fold.foldKind === 'hash' ? inFold(samples, fold) : inFoldOf(samples, fold));

/**
 * The samples with a fold of them as validation split, the rest for training. Which fold a sample is in follows from its id,
 * or its group, whose samples stay together.
 */
export const inFold = (
  samples: readonly DatasetSample[],
  { number, of }: Pick<NonNullable<TrainingRequested['fold']>, 'number' | 'of'>,
): DatasetSample[] =>
  samples.map((sample) => {
    const hash = sha256(Buffer.from(sample.group ?? sample.id));
    const isHeld = Number.parseInt(hash.slice(0, 8), 16) % of === number - 1;
    return { ...sample, split: isHeld ? 'validation' : 'train' };
  });

function describe({ name }: LearningProblem, samples: readonly DatasetSample[]): string {
  const times = samples.flatMap(({ time }) => time ?? []).sort();
  const span = times.length > 0 ? ` from ${times[0]} to ${times.at(-1)}` : '';
  return `Samples of the task ${name}${span}.`;
}
