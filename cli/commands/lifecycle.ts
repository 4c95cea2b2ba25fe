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

/** `epochlog lifecycle`: the main job, the whole life of a model on a stream of papers. */
export function register(program: Command): void {
  const lifecycle = program
    .command('lifecycle')
    .description('live through the whole life of a model: train on the past, then month after month')
    .option('--papers <file>', 'papers, JSON lines, gzip or plain (default: a generated corpus)')
    .option('--cut <date>', 'the first version learns from the papers before it', day, '2025-01-01');
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
      const told = { digest: await session.artifacts.put(source.bytes), name, generated };
      await assertSameLifecycle(session, told, plan);
      output.line(
        source.generated
          ? 'Papers: a GENERATED corpus (give --papers FILE for real ones); nothing here says anything about real papers.'
          : `Papers: ${source.name}`,
      );
      output.line(
        `First version: the ${plan.before} papers before ${cut}; then ${plan.months.length} months.`,
      );
      await driveLifecycle(session, told, plan, {
        step: (text, share) => output.progress(`${bar(share)} ${text}`),
      });
      await session.quiet();
      const summary = await readSummary(session);
      const seconds = (performance.now() - started) / 1_000;
      output.result({ generated: source.generated, seconds, ...summary });
      printSummary(summary, output, seconds);
    });
  });
}
