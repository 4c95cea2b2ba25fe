import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, LIMITS, version as versionText } from '../../kernel/texts.ts';
import { MAX_FOLDS } from '../../ml/dataset/cross-validation.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, EvaluationRequested } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { describeEvaluation } from '../describe-evaluation.ts';
import { describeEvent } from '../describe-event.ts';
import { describeFindings } from '../evaluation/findings.ts';
import { assertNoFolds, evaluateInFolds, type FoldOptions } from '../evaluation/folds.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { type Output, printable } from '../output.ts';
import { withSession } from '../session.ts';
import { parameter, seed } from '../training-options.ts';
import { askedVersion } from '../version/asked.ts';

interface Options extends FoldOptions {
  data?: string;
  version: readonly string[];
  model?: string;
  includeTraining?: boolean;
  report?: string;
  edgeCases?: string;
  outside?: string;
  window: number;
  groups: readonly string[];
  robustness?: boolean;
  adversarial?: boolean;
  /** false with --no-cache */
  cache: boolean;
  by: string;
}

/** `epochlog evaluate`: how well a version does on the test split, or on any labelled records. */
export function register(program: Command): void {
  const evaluate = about(program.command('evaluate'), 'training', [
    'npx epochlog evaluate --data labelled.jsonl',
    'npx epochlog evaluate --data labelled.csv --version v1.0.0',
    'npx epochlog evaluate --edge-cases hard.csv --window 3mo --report report.json',
    'npx epochlog evaluate --robustness --adversarial --outside other.jsonl',
    'npx epochlog evaluate --folds 5 --stratified --param c=2',
  ])
    .description('measure a version on the test split of its dataset, or on labelled records')
    .option(
      '--data <file>',
      'labelled records: lines of JSON, or CSV with a header; gzip or plain (default: the test split)',
    )
    .option('--include-training', 'also on the records that the version was trained on')
    .option(
      '--version <version>',
      'version, such as v1.0.0 (default: the one in production); given twice, the first is compared with the second',
      (text: string, before: readonly string[]) => [...before, checked('--version', versionText)(text)],
      [],
    )
    .option('--report <file>', 'write curves, mistakes and slices to a file, as JSON')
    .option('--edge-cases <file>', 'labelled records that must not go wrong: a suite of their own')
    .option('--window <months>', 'how long samples are recent, such as 3mo', months, 3)
    .option('--groups <fields>', 'compare the groups of these fields, comma-separated', fieldNames, [])
    .option('--robustness', 'also with typos, gaps, noise and the like')
    .option('--adversarial', 'leave out words until the label flips')
    .option('--outside <file>', 'records of another kind: is the version less sure of them?')
    .option('--folds <n>', 'evaluate a configuration instead: train and measure it n times', folds)
    .option('--stratified', 'of --folds: each class spread evenly')
    .option('--grouped <column>', 'of --folds: what has one value there stays together', field)
    .option('--by-time', 'of --folds: measured on later samples than learnt from')
    .option(
      '--dataset <id>',
      'of --folds: whose training and validation samples (default: the newest)',
      dataset,
    )
    .option('--engine <name>', 'of --folds: training engine', checked('--engine', identifier))
    .option('--seed <number>', 'of --folds: of every random choice', seed)
    .option('--param <name=value>', 'of --folds: a hyperparameter; may be repeated', parameter, {})
    .option('--no-cache', 'measure, also where an earlier evaluation had the same inputs and code')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(withBy(evaluate), async (options, { config, output, model: defaultModel }) => {
    const { data, version: versions, model = defaultModel, report } = options;
    if (options.folds !== undefined) {
      assertOnlyFolds(options);
      const { folds, by } = options;
      await withSession(config, (session) =>
        evaluateInFolds(session, { ...options, folds }, { model, by }, output),
      );
      return;
    }
    assertNoFolds(options);
    if (versions.length > 2)
      throw new EpochlogError('INPUT_INVALID', '--version may be given twice, not more often');
    const files = await filesIn(options);
    await withSession(config, async (session) => {
      const tested = await askedVersion(session, model, versions[0]);
      const rival = versions.length === 2 ? await askedVersion(session, model, versions[1]) : null;
      const request = await requestOf(session, options, files, { model, tested, rival });
      let earlier: string | undefined;
      const end = await requestAndFollow(session, newEvent('EvaluationRequested', request), {
        ends: ['EvaluationCompleted', 'EvaluationFailed'],
        watched: ['EvaluationReused'],
        onEvent(event) {
          earlier = describeEvent(event);
        },
      });
      if (end.type === 'EvaluationFailed') throw new EpochlogError('INPUT_INVALID', end.data.reason);
      output.result(end.data);
      output.line(`${tested.version} of ${model} on ${end.data.samples} ${onWhat(data, tested)}`);
      for (const line of describeSamples(end.data)) output.line(`  ${line}`);
      for (const part of describeEvaluation(end.data, output.width)) output.line(part);
      if (end.data.report !== null) await showFindings(session, end.data, report, output);
      if (earlier !== undefined) output.line(`\n${earlier}; --no-cache measures again`);
    });
  });
}

/** INPUT_INVALID where an option is given that is of a version. */
function assertOnlyFolds(options: Options): void {
  const { data, version, includeTraining, report, edgeCases, outside, groups, robustness, adversarial } =
    options;
  const given = Object.entries({
    '--data': data,
    '--version': version[0],
    '--include-training': includeTraining,
    '--report': report,
    '--edge-cases': edgeCases,
    '--outside': outside,
    '--groups': groups[0],
    '--robustness': robustness,
    '--adversarial': adversarial,
  }).find(([, value]) => value !== undefined);
  if (given)
    throw new EpochlogError(
      'INPUT_INVALID',
      `${given[0]} is of a version; --folds evaluates a configuration, on the samples of a dataset`,
    );
}

const field = (text: string) => checked('--grouped', identifier)(text);
const dataset = (text: string) => checked('--dataset', identifier)(text);

function folds(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 2 && count <= MAX_FOLDS) return count;
  throw new EpochlogError(
    'INPUT_INVALID',
    `--folds takes a whole number from 2 to ${MAX_FOLDS}, not '${text}'`,
  );
}

type Files = Readonly<Record<'data' | 'edgeCases' | 'outside', Uint8Array | undefined>>;
type Version = Awaited<ReturnType<typeof askedVersion>>;

/** The files that the options name. INPUT_UNREADABLE or INPUT_EMPTY, before anything starts. */
async function filesIn({ data, edgeCases, outside }: Options): Promise<Files> {
  const read = async (path: string | undefined) => (path === undefined ? undefined : readInputFile(path));
  return { data: await read(data), edgeCases: await read(edgeCases), outside: await read(outside) };
}

async function requestOf(
  { artifacts }: Session,
  options: Options,
  files: Files,
  { model, tested, rival }: { model: string; tested: Version; rival: Version | null },
): Promise<EvaluationRequested> {
  const put = async (file: Uint8Array | undefined) => (file === undefined ? null : artifacts.put(file));
  const { data: path, includeTraining = false, robustness = false, adversarial = false, by } = options;
  const data = await put(files.data);
  return {
    evaluationId: `cli-${tested.version}-${data?.slice(7, 19) ?? 'test'}-${Date.now().toString(36)}`,
    model,
    version: tested.version,
    package: tested.package,
    runId: null,
    datasetId: data === null ? tested.datasetId : null,
    data,
    dataName: nameOf(path),
    baseline: rival && { version: rival.version, package: rival.package },
    includeTraining,
    examination: {
      edgeCases: await put(files.edgeCases),
      outside: await put(files.outside),
      edgeCasesName: nameOf(options.edgeCases),
      outsideName: nameOf(options.outside),
      windowMonths: options.window,
      groups: [...options.groups],
      robustness,
      adversarial,
    },
    fold: null,
    reuse: options.cache,
    requestedBy: by,
  };
}

const nameOf = (path: string | undefined): string | null => (path === undefined ? null : basename(path));

async function showFindings(
  { artifacts }: Session,
  { report, primaryMetric }: EvaluationCompleted,
  path: string | undefined,
  output: Output,
): Promise<void> {
  const found = await artifacts.get(report!);
  const findings = JSON.parse(new TextDecoder().decode(found));
  for (const part of describeFindings(findings, primaryMetric, output)) output.line(part);
  if (path === undefined) return;
  await writeFile(path, found);
  output.line(`\ncurves, mistakes and slices are in ${path}`);
}

const onWhat = (data: string | undefined, { datasetId }: { datasetId: string }): string =>
  data === undefined ? `samples of the test split of ${datasetId}` : `records of ${data}`;

function months(text: string): number {
  const [, count = ''] = /^([1-9]\d{0,2})mo$/.exec(text) ?? [];
  if (count !== '') return Number(count);
  throw new EpochlogError('INPUT_INVALID', `--window takes months, such as 3mo, not '${text}'`);
}

const fieldNames = (text: string): string[] =>
  text
    .split(',')
    .map((name) => checked('--groups', identifier)(name.trim()))
    .slice(0, LIMITS.parameters);

/** Of records, what of them was learnt from; and the rows that were not measured. */
function* describeSamples(measured: EvaluationCompleted): Iterable<string> {
  const { data, inTraining, trainingIncluded, unknownTarget, unreadable, firstFault } = measured;
  if (data !== null) yield describeOverlap(inTraining, trainingIncluded);
  const why = firstFault === null ? '' : ` (${printable(firstFault)})`;
  const parts = [
    ...(unknownTarget > 0 ? [`${unknownTarget} with a label that the model does not know`] : []),
    ...(unreadable > 0 ? [`${unreadable} without a labelled record${why}`] : []),
  ];
  if (parts.length > 0) yield `left out: ${parts.join(', ')}`;
}

/** How many of the records were in the training split: metrics on them are too good. */
function describeOverlap(inTraining: number | null, included: boolean): string {
  if (inTraining === null)
    return 'unknown whether some of them were in its training split: its dataset is not in this log';
  if (inTraining === 0) return 'none of them were in its training split';
  return included
    ? `${inTraining} of them were in its training split: the metrics are too good`
    : `${inTraining} others were in its training split and left out (--include-training measures them too)`;
}
