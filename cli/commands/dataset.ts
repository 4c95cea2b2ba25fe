import { closeSync, openSync, writeSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean, suggestion } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import { diffDatasets } from '../../ml/dataset/diff.ts';
import { EXPORT_FORMATS, type ExportFormat, exported as samplesAs } from '../../ml/dataset/export.ts';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { type DatasetProfile, isProfile } from '../../ml/dataset/profile.ts';
import type { Store } from '../../operations/session.ts';
import type { DatasetSealed } from '../../schemas/events.generated.ts';
import { datasetError } from '../../tasks/dataset-error.ts';
import { isSplitStrategy, SPLIT_STRATEGIES, type SplitStrategy } from '../../tasks/policies/splits.ts';
import { action } from '../action.ts';
import { checked, count, MODEL_OPTION, withBy } from '../arguments.ts';
import { diffLines, profileLines } from '../dataset/describe.ts';
import { addExpectations } from '../dataset/expectations.ts';
import { addOutliers } from '../dataset/outliers.ts';
import { type SealOptions, sealDatasets } from '../dataset/seal.ts';
import { addSuspects } from '../dataset/suspects.ts';
import { about } from '../help.ts';
import { sealedDatasets } from '../import/check.ts';
import { addList, addShow, cell, day, type Row } from '../listing.ts';
import { creatable } from '../output-file.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

/** `epochlog dataset list | show | seal | diff | export`. */
export function register(program: Command): void {
  const dataset = about(program.command('dataset'), 'data', [
    'npx epochlog dataset list --model account-health',
    'npx epochlog dataset show account-health-d1',
    'npx epochlog dataset seal --model account-health --by ada',
    'npx epochlog dataset seal --model account-health --split time --by ada',
    'npx epochlog dataset diff account-health-d1 account-health-d2',
    'npx epochlog dataset expectations account-health-d1',
    'npx epochlog dataset suspects account-health-d1',
    'npx epochlog dataset outliers account-health-d1',
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
    async more(session, { profile }) {
      const found = await profileOf(session, profile);
      return found ? profileLines(found) : [];
    },
  });

  const seal = dataset
    .command('seal')
    .description('seal the samples there are, each in its split')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(
      '--split <how>',
      `${SPLIT_STRATEGIES.join(', ')}; by default as the policy of the model says`,
      strategyNamed,
    )
    .option('--folds <number>', 'one dataset for each of so many folds', wholeNumber('--folds', 2, 100))
    .option('--seed <number>', 'by default that of the model', wholeNumber('--seed', 0, 999_999_999))
    .option('--train-fraction <share>', 'of the samples; likewise', share('--train-fraction'))
    .option(
      '--validation-fraction <share>',
      'likewise; the rest is the test split',
      share('--validation-fraction'),
    )
    .option('--no-cache', 'seal, also where a dataset is of the same events, rules and code');
  action<Omit<SealOptions, 'model'> & { model?: string }>(
    withBy(seal),
    async (options, { config, output, model }) => {
      await withSession(config, async (session) => {
        for await (const { dataset, reused } of sealDatasets(session, { model, ...options })) {
          const { datasetId, train, validation, test } = dataset;
          output.result(dataset);
          if (reused !== undefined) output.line(`${reused}; --no-cache seals again`);
          output.line(
            `${datasetId}: ${train} for training, ${validation} for validation, ${test} for the test`,
          );
          output.line(`next: npx epochlog dataset export ${datasetId}`);
        }
      });
    },
  );

  const diff = dataset
    .command('diff')
    .argument('<before>', 'a dataset')
    .argument('<after>', 'another one')
    .option('--limit <number>', 'name so many samples of each kind', count, 20)
    .description('what two datasets differ in: samples, targets, splits, classes, profile');
  action<{ limit: number }>(diff, async ({ limit }, { config, output }, before = '', after = '') => {
    await withStore(config, async (store) => {
      const datasets = await sealedDatasets(store.events);
      const [one, other] = [datasetNamed(datasets, before), datasetNamed(datasets, after)];
      const [old, now] = await Promise.all([fileOf(store, one), fileOf(store, other)]);
      const found = await diffDatasets(old, now, limit).catch((error) => {
        throw datasetError(error, before, after);
      });
      const [profile, otherProfile] = await Promise.all(
        [one, other].map((it) => profileOf(store, it.profile)),
      );
      output.result({ before, after, ...found });
      for (const line of diffLines(found, profile ?? null, otherProfile ?? null)) output.line(line);
    });
  });

  addExpectations(dataset);
  addSuspects(dataset);
  addOutliers(dataset);
  const exported = dataset
    .command('export')
    .argument('<dataset>', 'its id')
    .option('--split <split>', `${SPLITS.join(', ')}, or all`, splitsNamed, ['train'])
    .addOption(
      new Option('--format <format>', 'by default as the name of --out says, else jsonl').choices([
        ...EXPORT_FORMATS,
      ]),
    )
    .option('--out <file>', 'write a file; by default it is printed')
    .description('write the samples of a split as lines of JSON or as Parquet');
  action<{ split: readonly Split[]; format?: ExportFormat; out?: string }>(
    exported,
    async ({ split, out, format = formatOf(out) }, { config, output }, id = '') => {
      if (format === 'parquet' && out === undefined)
        throw new EpochlogError('INPUT_INVALID', '--format parquet needs --out FILE: it is no text to print');
      await withStore(config, async ({ events, artifacts }) => {
        const found = datasetNamed(await sealedDatasets(events), id);
        const sealed = await fileOf({ artifacts }, found);
        const file = out === undefined ? undefined : openSync(creatable(out), 'w');
        try {
          for await (const part of samplesAs(sealed, split, format))
            if (file === undefined) process.stdout.write(part);
            else writeSync(file, part);
        } catch (error) {
          throw datasetError(error, id);
        } finally {
          if (file !== undefined) closeSync(file);
        }
        if (out !== undefined) output.line(`${id}: ${split.join(', ')} in ${out}`);
      });
    },
  );
}

const formatOf = (file = ''): ExportFormat => (/\.parquet$/i.test(file) ? 'parquet' : 'jsonl');

function datasetNamed(datasets: ReadonlyMap<string, DatasetSealed>, id: string): DatasetSealed {
  const found = datasets.get(id);
  if (found) return found;
  throw new EpochlogError('NOT_FOUND', `there is no dataset ${id}; ${suggestion(id, datasets.keys())}`);
}

const fileOf = ({ artifacts }: Pick<Store, 'artifacts'>, { datasetId, artifact }: DatasetSealed) =>
  artifacts.get(artifact).catch((error) => {
    throw datasetError(error, datasetId);
  });

/** The profile of a dataset; null where it was sealed before there was one. */
async function profileOf(
  { artifacts }: Pick<Store, 'artifacts'>,
  digest: unknown,
): Promise<DatasetProfile | null> {
  if (typeof digest !== 'string') return null;
  const profile: unknown = JSON.parse(String(Buffer.from(await artifacts.get(digest))));
  return isProfile(profile) ? profile : null;
}

const splitsNamed = (text: string): readonly Split[] => (text === 'all' ? SPLITS : [splitNamed(text)]);

function strategyNamed(text: string): SplitStrategy {
  if (isSplitStrategy(text)) return text;
  throw new EpochlogError(
    'INPUT_INVALID',
    `--split takes no '${text}'; ${suggestion(text, SPLIT_STRATEGIES)}`,
  );
}

const wholeNumber =
  (argument: string, least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new EpochlogError(
      'INPUT_INVALID',
      `${argument} takes a whole number from ${least} to ${most}, not '${text}'`,
    );
  };

const share =
  (argument: string) =>
  (text: string): number => {
    if (/^0?\.\d+$/.test(text) && Number(text) > 0) return Number(text);
    throw new EpochlogError(
      'INPUT_INVALID',
      `${argument} takes a share between 0 and 1, such as 0.8, not '${text}'`,
    );
  };

function splitNamed(text: string): Split {
  const found = SPLITS.find((split) => split === text);
  if (found) return found;
  throw new EpochlogError(
    'INPUT_INVALID',
    `--split takes ${SPLITS.join(', ')}, not '${text}'${didYouMean(text, SPLITS)}`,
  );
}
