import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { assertSameLifecycle, driveLifecycle } from '../../operations/lifecycle/drive.ts';
import { planLifecycle } from '../../operations/lifecycle/plan.ts';
import { readSummary } from '../../operations/lifecycle/summary.ts';
import { action } from '../action.ts';
import { day } from '../arguments.ts';
import { loadSource, readPapers } from '../lifecycle/papers.ts';
import { printSummary } from '../lifecycle/summary.ts';
import { bar } from '../output.ts';
import { withSessionOrNewHome } from '../session.ts';

interface Options {
  papers?: string;
  cut: string;
}

/** `epochlog lifecycle`: runs the whole lifecycle of a model on a stream of papers. */
export function register(program: Command): void {
  const lifecycle = program
    .command('lifecycle')
    .description(
      'run the whole lifecycle of a model: train on the papers before the cut, then month by month',
    )
    .option('--papers <file>', 'papers, JSON lines, gzip or plain (default: a generated corpus)')
    .option('--cut <date>', 'the first version is trained on the papers before this day', day, '2025-01-01');
  action<Options>(lifecycle, async ({ papers, cut }, { config, output }) => {
    const started = performance.now();
    const source = await loadSource(papers);
    const plan = planLifecycle(await readPapers(source), cut);
    if (plan.before === 0 || plan.months.length === 0) {
      throw new EpochlogError(
        'INPUT_INVALID',
        `${source.name} needs papers before and after ${cut}: give another --cut`,
      );
    }
    await withSessionOrNewHome(config, async (session) => {
      const { name, generated } = source;
      const papersSource = { digest: await session.artifacts.put(source.bytes), name, generated };
      await assertSameLifecycle(session, papersSource, plan);
      output.line(
        source.generated
          ? 'Papers: a GENERATED corpus (give --papers FILE for real ones); nothing here says anything about real papers.'
          : `Papers: ${source.name}`,
      );
      output.line(
        `First version: the ${plan.before} papers before ${cut}; then ${plan.months.length} months.`,
      );
      await driveLifecycle(session, papersSource, plan, {
        step: (text, fraction) => output.progress(`${bar(fraction)} ${text}`),
      });
      await session.quiet();
      const summary = await readSummary(session);
      const seconds = (performance.now() - started) / 1_000;
      output.result({ generated: source.generated, seconds, ...summary });
      printSummary(summary, output, seconds);
    });
  });
}
