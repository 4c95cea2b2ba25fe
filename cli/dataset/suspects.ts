import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { suspectedLabels } from '../../ml/curation/confident-learning.ts';
import { outOfFold } from '../../ml/curation/out-of-fold.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { classesOf } from '../../ml/problem.ts';
import type { Store } from '../../operations/session.ts';
import { action } from '../action.ts';
import { count, withBy } from '../arguments.ts';
import { sealedDatasets } from '../import/check.ts';
import { type Output, table } from '../output.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';
import { type Applied, applyCorrections } from './corrections.ts';

const FOLDS = 5;
const SEED = 42;
const MIN_CONFIDENCE = 0.95;

interface Options {
  limit: number;
  apply?: boolean;
  minConfidence: number;
  by: string;
}

/** A sample whose label may be wrong. */
export interface Suspect {
  readonly id: string;
  readonly split: string;
  readonly label: string;
  readonly suggested: string;
  /** probability of its own label */
  readonly own: number;
  /** probability of the suggested one */
  readonly confidence: number;
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

async function suspectsOf(
  { events, artifacts }: Pick<Store, 'events' | 'artifacts'>,
  id: string,
): Promise<Found> {
  const datasets = await sealedDatasets(events);
  const found = datasets.get(id);
  if (!found)
    throw new EpochlogError('NOT_FOUND', `there is no dataset ${id}; ${suggestion(id, datasets.keys())}`);
  const { task, schema, samples } = await decodeDataset(await artifacts.get(found.artifact));
  if (task.type !== 'classification')
    throw new EpochlogError('INPUT_INVALID', `${id} is not about classes: only those can be suspected`);
  const training = outOfFold(task, schema, samples, FOLDS, SEED);
  const suspects = suspectedLabels(probabilitiesOf(training), classesOf(samples, task.labels));
  return {
    task: found.task,
    samples: samples.length,
    suspects: suspects.map(({ row, suggested, own, confidence }) => {
      const { id: sample, split, target } = samples[row]!;
      return {
        id: sample,
        split,
        label: String(target),
        suggested: task.labels[suggested]!,
        own,
        confidence,
      };
    }),
  };
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
