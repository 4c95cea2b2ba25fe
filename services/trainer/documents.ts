import { type DatasetSample, decodeDataset } from '../../ml/dataset/format.ts';
import type { TrainingData } from '../../ml/engines/engine.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { DatasetProvenance } from '../../ml/package/metadata.ts';
import type { Example } from '../../ml/task.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../../ml/text/document.ts';
import type { TrainingStart } from './protocol.ts';

/** What a training reads of a sealed dataset, and what its package says of it. INPUT_INVALID as InvalidInput. */
export async function readTrainingData({
  dataset,
  labels,
  parameters,
  seed,
  datasetId,
  contentHash,
}: TrainingStart): Promise<{ data: TrainingData; provenance: DatasetProvenance }> {
  const samples = await decodeDataset(dataset, ['train', 'validation']);
  const examples = Map.groupBy(samples, ({ split }) => split);
  const train = examples.get('train')?.map(toExample) ?? [];
  const validation = examples.get('validation')?.map(toExample) ?? [];
  if (validation.length === 0) throw new InvalidInput('no-samples', 'there are no samples to validate on');
  return {
    data: {
      task: { name: 'arxiv', type: 'classification', labels: [...labels] },
      schema: DOCUMENT_SCHEMA,
      train,
      validation,
      parameters,
      seed,
    },
    provenance: {
      id: datasetId,
      sha256: contentHash,
      description: describe(samples),
      samples: { train: train.length, validation: validation.length },
    },
  };
}

const toExample = ({ title, abstract, label, categories }: DatasetSample): Example =>
  exampleOf({ title, abstract, label, otherLabels: categories.filter((category) => category !== label) });

function describe(samples: readonly DatasetSample[]): string {
  const dates = samples.map(({ published }) => published).sort();
  return `Titles and abstracts of papers published from ${dates[0]} to ${dates.at(-1)}, labelled with their primary category.`;
}
