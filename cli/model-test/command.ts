import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import { computedFields } from '../../ml/instance/schema.ts';
import { openPackage } from '../../ml/package/open.ts';
import { declaredTasks } from '../../operations/declared.ts';
import { readRecords, usableSamples } from '../../services/evaluator/samples.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed } from '../../tasks/registry.ts';
import { action } from '../action.ts';
import { EXIT } from '../exit.ts';
import { readableFile } from '../input-file.ts';
import { createLogger } from '../logger.ts';
import { type Output, table } from '../output.ts';
import { withStore } from '../store.ts';
import {
  type Bench,
  type Check,
  type Expected,
  latencies,
  metricChecks,
  savedCheck,
  trainingCheck,
} from './checks.ts';
import { type PackageFolder, readPackageFolder } from './package-folder.ts';

interface Options {
  data: string;
  expect: readonly Expected[];
  tolerance: number;
}

/** `epochlog model test PACKAGE --data FILE`: a package that lies in a folder, for a pipeline. */
export function registerModelTest(model: Command): void {
  const test = model
    .command('test')
    .argument('<package>', 'folder of a package, as `version export` writes it')
    .description(
      'test a package: does it load, run, measure as expected, survive a copy, train? Exit code 3 if not',
    )
    .requiredOption('--data <file>', 'labelled records: lines of JSON, or CSV with a header; gzip or plain')
    .option(
      '--expect <metric=value>',
      'what a metric should be, such as accuracy=0.79; may be given several times',
      (text: string, before: readonly Expected[]) => [...before, expectation(text)],
      [],
    )
    .option('--tolerance <number>', 'how far a metric may be from that', tolerance, 0.05);
  action<Options>(test, async ({ data, expect, tolerance }, { config, output }, folder = '') => {
    const file = await readableFile(data);
    const found = await packageIn(folder, output);
    if (!found) return;
    const inference = startInference({ logger: createLogger(config.logLevel), processes: 1 });
    try {
      const opened = openPackage(found.files);
      const task = taskNamed(await tasksOf(config), opened.task.name);
      const choice = { tasks: [opened.task], training: [], includeTraining: true };
      const { usable: samples, leftOut } = usableSamples(
        await readRecords(file, task, computedFields(opened.schema)),
        choice,
      );
      const bench: Bench = { found, opened, samples, inference, cache: config.cache };
      const session = await inference.open(opened.onnx);
      const loads = await loadsCheck(bench, () => opened.checkExamples(session.run));
      const { checks, metrics, scores } = await metricChecks(bench, session, expect, tolerance);
      const all = [loads, ...checks, await savedCheck(bench, scores), await trainingCheck(bench, scores)];
      const timed = await latencies(bench, session);
      const passed = all.every((check) => check.passed !== false);
      output.result({
        package: found.pkg.digest,
        passed,
        samples: samples.length,
        leftOut,
        checks: all,
        metrics,
        latencies: timed,
      });
      tell(all, output);
      const rows = timed.map(({ batch, p50Ms, p95Ms }) => [
        batch,
        p50Ms.toPrecision(3),
        p95Ms.toPrecision(3),
      ]);
      output.line(`\n${table(['batch', 'p50 ms', 'p95 ms'], rows, output.tableWidth)}`);
      output.line(passed ? '\npassed' : '\nfailed');
      if (!passed) process.exitCode = EXIT.refused.code;
    } finally {
      await inference.close();
    }
  });
}

/** The package; undefined where it is not whole, which is a test that failed. */
async function packageIn(folder: string, output: Output): Promise<PackageFolder | undefined> {
  try {
    return await readPackageFolder(folder);
  } catch (error) {
    if (!(error instanceof EpochlogError && error.code === 'PACKAGE_INVALID')) throw error;
    const checks: Check[] = [{ name: 'loads', passed: false, told: error.message }];
    output.result({ package: null, passed: false, checks });
    tell(checks, output);
    output.line('\nfailed');
    process.exitCode = EXIT.refused.code;
    return undefined;
  }
}

async function loadsCheck({ found }: Bench, checkExamples: () => Promise<void>): Promise<Check> {
  try {
    await checkExamples();
    const told = `${found.files.size} files, ${(found.bytes / 2 ** 20).toFixed(1)} MB; its examples are answered as they were`;
    return { name: 'loads', passed: true, told };
  } catch (error) {
    if (!(error instanceof InvalidPackage)) throw error;
    return { name: 'loads', passed: false, told: error.message };
  }
}

function tell(checks: readonly Check[], output: Output): void {
  const words = { true: 'ok', false: 'FAILED', null: '-' } as const;
  const rows = checks.map(({ name, passed, told }) => [name, words[`${passed}`], told]);
  output.line(table(['check', '', ''], rows, output.tableWidth));
}

/** Those of the home where there is one, else those that come with epochlog. */
async function tasksOf(config: Config): Promise<Tasks> {
  try {
    return await withStore(config, ({ events }) => declaredTasks(events));
  } catch (error) {
    if (error instanceof EpochlogError && error.code === 'NOT_FOUND') return loadTasks();
    throw error;
  }
}

function expectation(text: string): Expected {
  const [, metric = '', value = ''] = /^([A-Za-z]\w*)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (metric !== '') return { metric, value: Number(value) };
  throw new EpochlogError(
    'INPUT_INVALID',
    `--expect takes a metric and a number, such as accuracy=0.79, not '${text}'`,
  );
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new EpochlogError('INPUT_INVALID', `--tolerance takes a number from 0, not '${text}'`);
}
