import type { Command } from 'commander';
import { uncertaintiesOf } from '../../ml/curation/uncertainty.ts';
import { action } from '../action.ts';
import { count } from '../arguments.ts';
import { table } from '../output.ts';
import { withStore } from '../store.ts';
import { datasetInFolds } from './out-of-fold.ts';

/** Adds `dataset outliers`. */
export function addOutliers(dataset: Command): void {
  const command = dataset
    .command('outliers')
    .argument('<dataset>', 'its id')
    .option('--limit <number>', 'show so many, the most unusual first', count, 50)
    .description('samples that may be of another kind: no class fits them, by the entropy in five folds');
  action<{ limit: number }>(command, async ({ limit }, { config, output }, id = '') => {
    const { task, samples, probabilities } = await withStore(config, (store) => datasetInFolds(store, id));
    const scores = uncertaintiesOf(task, probabilities, 'entropy');
    const outliers = samples
      .map(({ id: sample, split, target }, row) => ({
        id: sample,
        split,
        label: target,
        score: scores[row]!,
      }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    output.result({ dataset: id, samples: samples.length, outliers });
    const rows = outliers.map((one) => [one.id, one.split, String(one.label), one.score.toFixed(3)]);
    output.line(table(['sample', 'split', 'label', 'score'], rows, output.width));
  });
}
