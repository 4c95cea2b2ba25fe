import type { TrainingData, TrainingJob } from '../../ml/engines/engine.ts';
import { engineNamed } from '../../ml/engines.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { tinyTools } from './tiny-encoder.ts';
import { toyData, toyDataset } from './toy-dataset.ts';

/** What a training needs besides its data when its progress is not observed and nothing interrupts it. */
export const undisturbed = (): Omit<TrainingJob, keyof TrainingData> => ({
  signal: new AbortController().signal,
  checkpoint: { load: async () => undefined, save: async () => {}, isDue: () => false },
  tools: tinyTools(),
  onProgress: () => {},
  onEpoch: () => {},
  onBatchReduced: () => {},
});

/**
 * The files of a small model of birds, boats and books; another seed gives another model. They say that it was trained
 * on the dataset with that content.
 */
export async function toyPackage(seed: number, contentHash = 'c0ffee'): Promise<Map<string, Uint8Array>> {
  const data = toyData(toyDataset(seed), { seed });
  const trained = await engineNamed('linear').train({ ...data, ...undisturbed() });
  const { files } = await buildPackage(trained, data, {
    name: 'toy',
    engine: 'linear',
    dataset: {
      id: `toy-${seed}`,
      sha256: contentHash,
      description: 'Made-up documents on birds, boats and books.',
      samples: { train: data.train.length, validation: data.validation.length },
    },
  });
  return files;
}
