import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { suspectedLabels } from '../../ml/curation/confident-learning.ts';
import { outOfFold } from '../../ml/curation/out-of-fold.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { classesOf } from '../../ml/problem.ts';
import { action } from '../action.ts';
import { count } from '../arguments.ts';
import { sealedDatasets } from '../import/check.ts';
import { table } from '../output.ts';
import { withStore } from '../store.ts';

const FOLDS = 5;
const SEED = 42;

/** Adds `dataset suspects`. */
export function addSuspects(dataset: Command): void {
  const command = dataset
    .command('suspects')
    .argument('<dataset>', 'its id')
    .option('--limit <number>', 'show so many, the most suspicious first', count, 50)
    .description('samples whose label may be wrong, by confident learning in five folds');
  action<{ limit: number }>(command, async ({ limit }, { config, output }, id = '') => {
    await withStore(config, async ({ events, artifacts }) => {
      const datasets = await sealedDatasets(events);
      const found = datasets.get(id);
      if (!found)
        throw new EpochlogError('NOT_FOUND', `there is no dataset ${id}; ${suggestion(id, datasets.keys())}`);
      const { task, schema, samples } = await decodeDataset(await artifacts.get(found.artifact));
      if (task.type !== 'classification')
        throw new EpochlogError('INPUT_INVALID', `${id} is not about classes: only those can be suspected`);
      const training = outOfFold(task, schema, samples, FOLDS, SEED);
      const suspects = suspectedLabels(probabilitiesOf(training), classesOf(samples, task.labels));
      const all = suspects.map(({ row, suggested, own, confidence }) => {
        const { id: sample, split, target } = samples[row]!;
        return { id: sample, split, label: target, suggested: task.labels[suggested]!, own, confidence };
      });
      output.result({ dataset: id, samples: samples.length, suspects: all });
      output.line(`${all.length} of ${samples.length} samples may have a wrong label`);
      if (all.length === 0) return;
      const rows = all
        .slice(0, limit)
        .map((one) => [
          one.id,
          one.split,
          String(one.label),
          one.suggested,
          one.own.toFixed(3),
          one.confidence.toFixed(3),
        ]);
      output.line(table(['sample', 'split', 'label', 'suggested', 'own', 'confidence'], rows, output.width));
    });
  });
}

/** What the models of all folds say. */
function probabilitiesOf(training: ReturnType<typeof outOfFold>) {
  try {
    let step = training.next();
    while (!step.done) step = training.next();
    return step.value;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError('INPUT_INVALID', `${error.message}: collect more`);
  }
}
