import { type Command, Option } from 'commander';
import { digestOf } from '../../infra/artifacts/digest.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { quoted } from '../../ml/records/shell-word.ts';
import { driveLifecycle } from '../../operations/lifecycle/drive.ts';
import { type CutRecords, middleCut, type Plan, planLifecycle } from '../../operations/lifecycle/plan.ts';
import { Story } from '../../operations/lifecycle/story.ts';
import { readSummary } from '../../operations/lifecycle/summary.ts';
import { loadDataOptions } from '../../tasks/options.ts';
import { action } from '../action.ts';
import { day } from '../arguments.ts';
import { generatedRecords } from '../generated.ts';
import { about } from '../help.ts';
import { readableFile } from '../input-file.ts';
import { homeFor } from '../lifecycle/home.ts';
import { nextSteps } from '../lifecycle/next-steps.ts';
import { readLifecycleRecords } from '../lifecycle/records.ts';
import { Teller } from '../lifecycle/tell.ts';
import { bar, shownPath } from '../output.ts';
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
  const lifecycle = about(program.command('lifecycle'), 'start', [
    'npx epochlog lifecycle',
    'npx epochlog lifecycle --data records.jsonl.gz --json',
    'npx epochlog lifecycle --model account-health',
  ])
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
    const { output, isHomeNamed } = invocation;
    const started = performance.now();
    const shortForm = SHORT_FORMS.find((option) => options[option.attributeName()] !== undefined);
    const data = shortForm ? options[shortForm.attributeName()] : options.data;
    const held = {
      file: data === undefined ? undefined : { ...(await readableFile(data)), generated: false },
    };
    const nameOrFile = options.model ?? invocation.model;
    const recordsOf = async (task: string) => {
      held.file ??= await generatedRecords(task);
      return held.file;
    };
    const wanted = {
      model: nameOrFile,
      cut,
      async records(task: string) {
        const { name, bytes } = await recordsOf(task);
        return { name, source: digestOf(bytes) };
      },
    };
    const { home, model: found, instead } = await homeFor(invocation.config, isHomeNamed, wanted);
    const { model, task, declare } = found;
    const { name, generated } = await recordsOf(task.name);
    const plan = planOf(name, await readLifecycleRecords(await recordsOf(task.name), task, cut));
    await withSessionOrNewHome({ ...invocation.config, home }, async (session) => {
      const digest = await session.artifacts.put((await recordsOf(task.name)).bytes);
      held.file = undefined; // the bytes are large, and are artifacts now
      const source = { digest, name, generated };
      await declare(session);
      const story = new Story(model, PRIMARY_METRIC[task.target.type]);
      const teller = new Teller(output, story);
      teller.begin({ model, task: task.name, source, plan, home, instead: instead?.reason });
      await driveLifecycle(
        session,
        { model, task: task.name, source, plan },
        {
          step: (text, fraction) => output.progress(`${bar(fraction)} ${model}: ${text}`),
          async told(month) {
            await story.advance(session.events);
            teller.month(month);
          },
        },
      );
      await session.quiet();
      const seconds = (performance.now() - started) / 1_000;
      teller.end(await readSummary(session, story), { generated, seconds });
      const records = plan.months.at(-1)?.records.unpack() ?? [];
      const elsewhere = instead ? ` --home ${quoted(shownPath(home))}` : '';
      if (!output.json)
        teller.next(await nextSteps({ model, records, story, home, elsewhere, width: output.width }));
    });
  });
}

function planOf(name: string, records: CutRecords): Plan {
  const plan = planLifecycle(records);
  if (plan.before > 0 && plan.months.length > 0) return plan;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${name} needs records before and after ${records.cut}: give another --cut, such as ${middleCut(records)}`,
  );
}
