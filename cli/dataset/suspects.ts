import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suspectedLabels } from '../../ml/curation/confident-learning.ts';
import { classesOf } from '../../ml/problem.ts';
import type { Store } from '../../operations/session.ts';
import { action } from '../action.ts';
import { count, withBy } from '../arguments.ts';
import { type Output, table } from '../output.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';
import type { Suspect } from './corrections.ts';
import { type Applied, applyCorrections } from './corrections.ts';
import { datasetInFolds } from './out-of-fold.ts';

const MIN_CONFIDENCE = 0.95;

interface Options {
  limit: number;
  apply?: boolean;
  minConfidence: number;
  by: string;
}

interface Found {
  readonly task: string;
  readonly samples: number;
  /** the most suspicious first */
  readonly suspects: readonly Suspect[];
}

/** Adds `dataset suspects`. */
export function addSuspects(dataset: Command): void {
  const command = dataset
    .command('suspects')
    .argument('<dataset>', 'its id')
    .option('--limit <number>', 'show so many, the most suspicious first', count, 50)
    .option('--apply', 'correct their labels: the next dataset has the suggested ones')
    .option(
      '--min-confidence <probability>',
      'correct only those whose suggested label is at least as probable',
      probability,
      MIN_CONFIDENCE,
    )
    .description('samples whose label may be wrong, by confident learning in five folds');
  action<Options>(
    withBy(command),
    async ({ limit, apply = false, minConfidence, by }, { config, output }, id = '') => {
      const found = await withStore(config, (store) => suspectsOf(store, id));
      const { task, samples, suspects } = found;
      if (!apply) {
        output.result({ dataset: id, samples, suspects });
        show(found, limit, output);
        return;
      }
      const sure = suspects.filter(({ confidence }) => confidence >= minConfidence);
      const applied = await withSession(config, (session) =>
        applyCorrections(session, { task, datasetId: id, suspects: sure, by }),
      );
      output.result({ dataset: id, samples, suspects: suspects.length, ...applied });
      told(applied, suspects.length, minConfidence, output);
    },
  );
}

async function suspectsOf(store: Pick<Store, 'events' | 'artifacts'>, id: string): Promise<Found> {
  const { name, task, samples, probabilities } = await datasetInFolds(store, id);
  const isAlso = (row: number, column: number) => samples[row]!.otherLabels.includes(task.labels[column]!);
  const found = suspectedLabels(probabilities, classesOf(samples, task.labels), isAlso);
  const suspects = found.map(({ row, suggested, own, confidence }) => {
    const { id: sample, split, target } = samples[row]!;
    return { id: sample, split, label: String(target), suggested: task.labels[suggested]!, own, confidence };
  });
  return { task: name, samples: samples.length, suspects };
}

function show({ samples, suspects }: Found, limit: number, output: Output): void {
  output.line(`${suspects.length} of ${samples} samples may have a wrong label`);
  if (suspects.length === 0) return;
  const rows = suspects
    .slice(0, limit)
    .map(({ id, split, label, suggested, own, confidence }) => [
      ...[id, split, label, suggested, own.toFixed(3), confidence.toFixed(3)],
    ]);
  output.line(table(['sample', 'split', 'label', 'suggested', 'own', 'confidence'], rows, output.width));
}

function told(
  { corrected, refused }: Applied,
  suspects: number,
  minConfidence: number,
  output: Output,
): void {
  output.line(
    `${corrected.length} labels of ${suspects} suspected ones are corrected, with a confidence from ${minConfidence}`,
  );
  for (const { recordId, reason } of refused) output.line(`  ${recordId}: ${reason}`);
  if (corrected.length > 0)
    output.line('the next dataset has them; undo one: npx epochlog label undo SAMPLE --explanation WHY');
}

function probability(text: string): number {
  if (/^(0?\.\d+|1(\.0+)?|0)$/.test(text)) return Number(text);
  throw new EpochlogError(
    'INPUT_INVALID',
    `--min-confidence takes a probability such as ${MIN_CONFIDENCE}, not '${text}'`,
  );
}
