import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { encodeDataset } from '../../ml/dataset/format.ts';
import { completeParameters, engineNames } from '../../ml/engines.ts';
import { labelsOf } from '../../ml/problem.ts';
import { seededRandom } from '../../ml/random.ts';
import { ENGINE_CASES, type EngineCase } from '../../test/contract/engine-data.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { tinyEncoder } from '../../test/harness/tiny-encoder.ts';
import { type TrainingJob, TrainingProcesses, type Watcher } from './process.ts';

/** Each with parameters that take so many steps that a kill is likely to be within one. */
const TRAININGS: Readonly<Record<string, readonly { of: string; parameters: object }[]>> = {
  linear: [
    { of: 'classification of texts', parameters: { tolerance: 0, patience: 1_000, maxEpochs: 40 } },
    { of: 'regression of tables', parameters: { tolerance: 0, patience: 1_000, maxEpochs: 40 } },
  ],
  trees: [{ of: 'regression of tables', parameters: { maxRounds: 80, patience: 80, minLeaf: 5 } }],
  tfjs: [
    { of: 'classification of texts', parameters: { maxEpochs: 6, patience: 6, minDf: 1, batchSize: 32 } },
    { of: 'classification of tables', parameters: { maxEpochs: 6, batchSize: 64, workers: 2 } },
  ],
  encoder: [
    { of: 'classification of texts', parameters: { weights: 'tiny', ngram: 1, folds: 3 } },
    {
      of: 'classification of texts',
      parameters: { ...{ weights: 'tiny', tuneEpochs: 1, blend: false }, ...{ batchSize: 50, workers: 2 } },
    },
  ],
};
const ROUNDS = 2;
/** fewer than a training is given up after, though all fall before its next checkpoint */
const KILLS = 2;

async function jobOf(
  engine: string,
  data: EngineCase,
  parameters: object,
  cache: string,
): Promise<TrainingJob> {
  const { task, schema, seed } = data;
  const samples = (['train', 'validation'] as const).flatMap((split) =>
    data[split].map(({ instance, target, otherLabels = [] }, at) => ({
      ...{ id: `${split}-${at}`, split, time: null, group: null, instance, target },
      otherLabels: [...otherLabels],
    })),
  );
  return {
    ...{ engine, seed, cache, model: 'toy', datasetId: 'd', contentHash: '', labels: labelsOf(task) ?? [] },
    dataset: async () => (await encodeDataset({ task, schema }, samples)).bytes,
    parameters: completeParameters(engine, { ...parameters }),
    ...{ checkpointMs: 0, checkpointEvery: null, keepBest: null, fold: null },
  } as TrainingJob;
}

/** Keeps the last checkpoint, as the trainer does, and tells of each. */
function watcher(onSaved: () => void): Watcher {
  let latest: Uint8Array | undefined;
  return {
    signal: new AbortController().signal,
    stopping: new AbortController().signal,
    loadCheckpoint: async () => latest,
    async saveCheckpoint(state) {
      latest = state;
      onSaved();
    },
    onProgress: () => {},
    onEpoch: async () => {},
    onBatchReduced: async () => {},
  };
}

/** Kills the training process of this one; false when there is none any more. */
function killTraining(): boolean {
  try {
    const found = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'trainer/child.ts'], {
      encoding: 'utf8',
    });
    for (const pid of found.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

async function withEncoder<T>(use: (cache: string) => Promise<T>): Promise<T> {
  await using cache = await temporaryFolder('interruptions');
  const folder = join(cache.path, 'encoders', 'tiny');
  const { config, weights, tokenizer } = tinyEncoder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), config);
  await writeFile(join(folder, 'model.safetensors'), weights);
  await writeFile(join(folder, 'tokenizer.json'), tokenizer);
  return await use(cache.path);
}

test('each engine is interrupted here', () => {
  expect(Object.keys(TRAININGS).sort()).toEqual([...engineNames()].sort());
});

describe.each(Object.entries(TRAININGS))('%s', (engine, trainings) => {
  test.each(trainings)(
    'killed at random moments, it ends with the package of one that was not: $of, $parameters',
    async ({ of, parameters }) => {
      const data = ENGINE_CASES.find(({ name }) => name === of)!;
      await withEncoder(async (cache) => {
        const job = await jobOf(engine, data, parameters, cache);
        using processes = new TrainingProcesses();
        const saves: number[] = [performance.now()];
        const whole = await processes.train(
          job,
          watcher(() => saves.push(performance.now())),
        );
        expect(saves.length).toBeGreaterThan(KILLS + 1);
        const step = (saves.at(-1)! - saves[1]!) / (saves.length - 2);
        const random = seededRandom(7);
        for (let round = 0; round < ROUNDS; round++) {
          const moments = Array.from({ length: KILLS }, () => 1 + Math.floor(random() * (saves.length - 2)));
          let [saved, killed] = [0, 0];
          let isDue = false;
          const kill = () => {
            if (isDue) killed += Number(killTraining());
            isDue = false;
          };
          const resumed = await processes.train(
            job,
            watcher(() => {
              kill(); // at the latest before the next checkpoint is acknowledged: it may be faster than this process
              if (!moments.includes(++saved)) return;
              isDue = true;
              void after(step * random()).then(kill);
            }),
          );
          expect(killed).toBeGreaterThan(0);
          expect(resumed).toEqual(whole);
        }
      });
    },
  );
});
