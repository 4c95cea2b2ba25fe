import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { assertSameLifecycle, driveLifecycle } from '../../operations/lifecycle/drive.ts';
import {
  type LifecycleRecord,
  middleCut,
  type Plan,
  planLifecycle,
} from '../../operations/lifecycle/plan.ts';
import { readSummary } from '../../operations/lifecycle/summary.ts';
import { loadDataOptions } from '../../tasks/options.ts';
import { action } from '../action.ts';
import { day } from '../arguments.ts';
import { generatedRecords } from '../generated.ts';
import { readableFile } from '../input-file.ts';
import { modelFor } from '../lifecycle/model.ts';
import { readLifecycleRecords } from '../lifecycle/records.ts';
import { printSummary } from '../lifecycle/summary.ts';
import { bar } from '../output.ts';
import { exampleOf } from '../predict-call.ts';
import { withSessionOrNewHome } from '../session.ts';

/** Short forms of --data, each of a task. */
const SHORT_FORMS = (await loadDataOptions()).map(({ flags, description }) => new Option(flags, description));

interface Options {
  model?: string;
  data?: string;
  cut: string;
}

/** `epochlog lifecycle`: runs the whole lifecycle of a model on a stream of records. */
export function register(program: Command): void {
  const lifecycle = program
    .command('lifecycle')
    .description(
      'run the whole lifecycle of a model: train on the records before the cut, then month by month',
    )
    .option('--model <name or file>', 'model that is declared or comes with epochlog, or a model file, YAML')
    .option(
      '--data <file>',
      'records: lines of JSON, or CSV with a header; gzip or plain (default: generated ones)',
    )
    .option('--cut <date>', 'the first version is trained on the records before this day', day, '2025-01-01');
  for (const option of SHORT_FORMS) lifecycle.addOption(option.conflicts('data'));
  action<Options & Record<string, string>>(lifecycle, async ({ cut, ...options }, invocation) => {
    const { config, output } = invocation;
    const started = performance.now();
    const shortForm = SHORT_FORMS.find((option) => options[option.attributeName()] !== undefined);
    const data = shortForm ? options[shortForm.attributeName()] : options.data;
    const file = data === undefined ? undefined : { ...(await readableFile(data)), generated: false };
    await withSessionOrNewHome(config, async (session) => {
      const { model, task, declare } = await modelFor(session, options.model ?? invocation.model);
      const records = file ?? (await generatedRecords(task.name));
      const plan = planOf(records.name, await readLifecycleRecords(records, task), cut);
      const { name, generated } = records;
      const source = { digest: await session.artifacts.put(records.bytes), name, generated };
      const driven = { model, task: task.name, source, plan };
      await assertSameLifecycle(session, driven);
      await declare();
      output.line(
        generated
          ? `Records: GENERATED ones of ${task.name} (give --data FILE for real ones); nothing here says anything about real data.`
          : `Records: ${name}`,
      );
      output.line(
        `First version of ${model}: the ${plan.before} records before ${cut}; then ${plan.months.length} months.`,
      );
      await driveLifecycle(session, driven, {
        step: (text, fraction) => output.progress(`${bar(fraction)} ${model}: ${text}`),
      });
      await session.quiet();
      const summary = await readSummary(session, model, PRIMARY_METRIC[task.target.type]);
      const seconds = (performance.now() - started) / 1_000;
      output.result({ generated, seconds, ...summary });
      const after = plan.months.at(-1)?.records ?? [];
      const instances = after.map(({ instance }) => instance);
      printSummary(summary, exampleOf(instances, task.schema.fields), output, seconds);
    });
  });
}

function planOf(name: string, records: readonly LifecycleRecord[], cut: string): Plan {
  const plan = planLifecycle(records, cut);
  if (plan.before > 0 && plan.months.length > 0) return plan;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${name} needs records before and after ${cut}: give another --cut, such as ${middleCut(records)}`,
  );
}
