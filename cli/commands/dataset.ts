import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean, suggestion } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { declaredModels, policyOf } from '../../operations/declared.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { ensureDeclared } from '../declare.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { sealedDatasets } from '../import/check.ts';
import { addList, addShow, cell, day, type Row } from '../listing.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

/** `epochlog dataset list | show | seal | export`. */
export function register(program: Command): void {
  const dataset = about(program.command('dataset'), 'data', [
    'npx epochlog dataset list --model account-health',
    'npx epochlog dataset show account-health-d1',
    'npx epochlog dataset seal --model account-health --by ada',
    'npx epochlog dataset export account-health-d1 --split test',
  ]).description('sealed datasets: what models were trained on');
  addList(dataset, {
    description: 'the datasets there are, the newest first',
    query: 'datasets/list',
    columns: {
      dataset: cell('datasetId'),
      status: cell('status'),
      train: cell('train'),
      validation: cell('validation'),
      test: cell('test'),
      extends: cell('extends'),
      sealed: ({ time }) => day(time),
    },
  });
  addShow(dataset, {
    what: 'dataset',
    description: 'a dataset: its splits, labels, and what of the log it was sealed from',
    async find({ query }, datasetId) {
      const [found] = await query<Row>('datasets/by-id', { datasetId });
      if (found) return found;
      const all = await query<{ datasetId: string }>('datasets/list', { model: null, limit: 100 });
      return { known: all.map(({ datasetId }) => datasetId) };
    },
  });

  const seal = dataset
    .command('seal')
    .description('seal the samples there are, each in its split')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<{ model?: string; by: string }>(
    withBy(seal),
    async (options, { config, output, model: defaultModel }) => {
      const { model = defaultModel, by } = options;
      await withSession(config, async (session) => {
        await ensureDeclared(session, model, by);
        const { task, seed } = (await declaredModels(session.events)).get(model)!;
        const before = [...(await sealedDatasets(session.events)).values()].findLast(
          (sealed) => sealed.model === model,
        );
        const { training } = await policyOf(session.events, model);
        const request = newEvent('DatasetRequested', {
          datasetId: `${model}-s${Date.now().toString(36)}`,
          model,
          task,
          extends: before?.datasetId ?? null,
          seed,
          ...training,
          requestedBy: by,
        });
        const end = await requestAndFollow(session, request, { ends: ['DatasetSealed', 'DatasetRefused'] });
        if (end.type === 'DatasetRefused') {
          throw refusal(end.data);
        }
        const { datasetId, train, validation, test } = end.data;
        output.result(end.data);
        output.line(
          `${datasetId}: ${train} for training, ${validation} for validation, ${test} for the test`,
        );
        output.line(`next: npx epochlog dataset export ${datasetId}`);
      });
    },
  );

  const exported = dataset
    .command('export')
    .argument('<dataset>', 'its id')
    .option('--split <split>', `one of ${SPLITS.join(', ')}`, splitNamed, 'train')
    .description('print the samples of a split, one JSON object a line');
  action<{ split: Split }>(exported, async ({ split }, { config }, id = '') => {
    await withStore(config, async ({ events, artifacts }) => {
      const datasets = await sealedDatasets(events);
      const found = datasets.get(id);
      if (!found)
        throw new EpochlogError('NOT_FOUND', `there is no dataset ${id}; ${suggestion(id, datasets.keys())}`);
      const { samples } = await decodeDataset(await artifacts.get(found.artifact), [split]);
      for (const { id, time, target, otherLabels, instance } of samples) {
        process.stdout.write(`${JSON.stringify({ id, time, target, otherLabels, instance })}\n`);
      }
    });
  });
}

function splitNamed(text: string): Split {
  const found = SPLITS.find((split) => split === text);
  if (found) return found;
  throw new EpochlogError(
    'INPUT_INVALID',
    `--split takes ${SPLITS.join(', ')}, not '${text}'${didYouMean(text, SPLITS)}`,
  );
}
