import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { policyOf } from '../../operations/declared.ts';
import { evaluateBeside } from '../../operations/evaluations.ts';
import { readModel } from '../../operations/production.ts';
import { type Comparison, comparisonOf } from '../../services/api/comparison/comparison.ts';
import { comparisonMarkdown } from '../../services/api/comparison/markdown.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { noVersion } from '../listing.ts';
import { writeWhole } from '../output-file.ts';
import { withSession } from '../session.ts';

interface Options {
  data?: string;
  model?: string;
  out?: string;
  by: string;
}

/** `epochlog compare vA vB`: whether the second version should replace the first, and why. */
export function register(program: Command): void {
  const compare = about(program.command('compare'), 'production', [
    'npx epochlog compare v1.0.0 v1.1.0',
    'npx epochlog compare v1.0.0 v1.1.0 --data labelled.jsonl --out comparison.html',
  ])
    .argument('<baseline>', 'version that is there, such as v1.0.0', checked('baseline', versionText))
    .argument('<candidate>', 'version that would replace it', checked('candidate', versionText))
    .description(
      'whether a version should replace another: PROMOTE (exit code 0), REJECT or INCONCLUSIVE (3)',
    )
    .option('--data <file>', 'labelled records (default: the test split of the dataset of the candidate)')
    .option(
      '--out <file>',
      'write it to a file: a page with plots where its name ends with .html, else Markdown',
    )
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(
    withBy(compare),
    async (options, { config, output, model: defaultModel }, baseline = '', candidate = '') => {
      const { data, out, model = defaultModel, by } = options;
      if (baseline === candidate) throw new EpochlogError('INPUT_INVALID', 'name two different versions');
      const bytes = data === undefined ? undefined : await readInputFile(data);
      const comparison = await withSession(config, async (session): Promise<Comparison> => {
        const { versions } = await readModel(session.events, model);
        const [rival, found] = [baseline, candidate].map((version) => {
          const registered = versions.get(version)?.data;
          if (registered) return registered;
          throw noVersion(model, version, versions.keys());
        });
        const given = bytes &&
          data !== undefined && { data: await session.artifacts.put(bytes), dataName: basename(data) };
        const end = await requestAndFollow(session, evaluateBeside(found!, rival!, by, given || null), {
          ends: ['EvaluationCompleted', 'EvaluationFailed'],
        });
        if (end.type === 'EvaluationFailed') throw new EpochlogError('INPUT_INVALID', end.data.reason);
        const { promotion } = await policyOf(session.events, model);
        const source = data ?? `the test split of ${end.data.datasetId}`;
        return comparisonOf({ model, baseline, candidate, source }, end.data, promotion);
      });
      if (out !== undefined) writeWhole(out, await fileOf(out, comparison));
      output.result({ ...comparison, ...(out !== undefined && { file: out }) });
      output.line(comparisonMarkdown(comparison).trimEnd());
      if (out !== undefined) output.line(`\nit is in ${out}`);
      if (comparison.verdict.outcome !== 'PROMOTE') process.exitCode = EXIT.refused.code;
    },
  );
}

async function fileOf(path: string, comparison: Comparison): Promise<string> {
  if (!/\.html?$/i.test(path)) return comparisonMarkdown(comparison);
  const { comparisonPage } = await import('../../services/api/comparison/page.ts'); // a renderer of Markdown is slow to load
  return comparisonPage(comparison);
}
