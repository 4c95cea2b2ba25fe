import type { TrainingData, TrainingJob } from '../../ml/engines/engine.ts';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
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
  return (await packed('linear', data, contentHash)).files;
}

/** The files of a model with the tiny encoder, and the probabilities that it gives for its validation examples. */
export async function toyEncoderPackage(data: TrainingData, given: object) {
  const parameters = completeParameters('encoder', { ngram: 1, maxEpochs: 3, ...given });
  const { files, trained } = await packed('encoder', { ...data, parameters }, 'c0ffee');
  return { files, probabilities: await trained.predict(data.validation.map(({ instance }) => instance)) };
}

async function packed(engine: string, data: TrainingData, contentHash: string) {
  const trained = await engineNamed(engine).train({ ...data, ...undisturbed() });
  const { files } = await buildPackage(trained, data, {
    name: 'toy',
    engine,
    dataset: {
      id: `toy-${data.seed}`,
      sha256: contentHash,
      description: 'Made-up documents on birds, boats and books.',
      samples: { train: data.train.length, validation: data.validation.length },
    },
  });
  return { files, trained };
}
