import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { action } from '../action.ts';
import { checked } from '../arguments.ts';
import { writeWhole } from '../output-file.ts';
import { withStore } from '../store.ts';
import { learningCurves } from './curves.ts';

/** Adds `run tensorboard --out FOLDER`. */
export function addTensorboard(group: Command): void {
  const tensorboard = group
    .command('tensorboard')
    .description(
      'write the learning curves and hyperparameters of runs for TensorBoard, a folder for each run; again, with what is new',
    )
    .option('--model <name>', 'only of one model', checked('--model', identifier))
    .requiredOption('--out <folder>', 'where `tensorboard --logdir` looks');
  action<{ model?: string; out: string }>(tensorboard, async ({ model, out }, { config, output }) => {
    const runs = await withStore(config, ({ events }) => learningCurves(events, model));
    if (runs.length === 0) {
      const what = model === undefined ? 'no run has started' : `no run of ${model} has started`;
      throw new EpochlogError('NOT_FOUND', `${what}: epochlog run list shows the runs there are`);
    }
    const { eventFile } = await import('../../ml/tensorboard/event-file.ts'); // other commands need no protobuf
    for (const run of runs) {
      const folder = join(out, folderOf(run.name));
      makeFolder(folder);
      const seconds = Math.floor(run.started / 1000);
      writeWhole(join(folder, `events.out.tfevents.${seconds}.epochlog`), eventFile(run));
    }
    output.result({ folder: out, runs: runs.map(({ name }) => name) });
    output.line(`${runs.length === 1 ? '1 run' : `${runs.length} runs`} in ${out}`);
    output.line(`tensorboard --logdir ${out}`);
  });
}

/** The name of a run may have what a path must not: it is written as in a URL. */
const folderOf = (run: string): string =>
  encodeURIComponent(run).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const reason = `--out: ${folder} cannot be made (${systemCodeOf(cause)})`;
    throw new EpochlogError('INPUT_INVALID', reason, { cause });
  }
}
