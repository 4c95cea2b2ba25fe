import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { readModel } from '../../operations/production.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { describeEvaluation } from '../describe-evaluation.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { noVersion } from '../listing.ts';
import { withSession } from '../session.ts';

interface Options {
  data: string;
  version: readonly string[];
  model?: string;
  includeTraining?: boolean;
  report?: string;
  by: string;
}

/** `epochlog evaluate --data FILE`: how well a version does on any labelled records. */
export function register(program: Command): void {
  const evaluate = about(program.command('evaluate'), 'training', [
    'npx epochlog evaluate --data labelled.jsonl',
    'npx epochlog evaluate --data labelled.csv --version v1.0.0',
    'npx epochlog evaluate --data labelled.csv --report report.json',
  ])
    .description('measure a version on labelled records')
    .requiredOption('--data <file>', 'labelled records: lines of JSON, or CSV with a header; gzip or plain')
    .option('--include-training', 'also on the records that the version was trained on')
    .option(
      '--version <version>',
      'version, such as v1.0.0 (default: the one in production); given twice, the first is compared with the second',
      (text: string, before: readonly string[]) => [...before, checked('--version', versionText)(text)],
      [],
    )
    .option('--report <file>', 'write curves and mistakes to a file, as JSON')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(withBy(evaluate), async (options, { config, output, model: defaultModel }) => {
    const { data, version: versions, model = defaultModel, includeTraining = false, report, by } = options;
    if (versions.length > 2)
      throw new EpochlogError('INPUT_INVALID', '--version may be given twice, not more often');
    const bytes = await readInputFile(data);
    await withSession(config, async (session) => {
      const tested = await versionOf(session, model, versions[0]);
      const rival = versions.length === 2 ? await versionOf(session, model, versions[1]) : null;
      const digest = await session.artifacts.put(bytes);
      const request = newEvent('EvaluationRequested', {
        evaluationId: `cli-${tested.version}-${digest.slice(7, 19)}-${Date.now().toString(36)}`,
        model,
        version: tested.version,
        package: tested.package,
        runId: null,
        datasetId: null,
        data: digest,
        dataName: basename(data),
        baseline: rival && { version: rival.version, package: rival.package },
        includeTraining,
        requestedBy: by,
      });
      const end = await requestAndFollow(session, request, {
        ends: ['EvaluationCompleted', 'EvaluationFailed'],
      });
      if (end.type === 'EvaluationFailed') throw new EpochlogError('INPUT_INVALID', end.data.reason);
      output.result(end.data);
      output.line(`${tested.version} of ${model} on ${end.data.samples} records of ${data}`);
      output.line(`  ${describeOverlap(end.data.inTraining, includeTraining)}`);
      for (const part of describeEvaluation(end.data, output.width)) output.line(part);
      if (report !== undefined && end.data.report !== null) {
        await writeFile(report, await session.artifacts.get(end.data.report));
        output.line(`  curves and mistakes are in ${report}`);
      }
    });
  });
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

async function versionOf(
  session: Session,
  model: string,
  version?: string,
): Promise<{ version: string; package: string }> {
  const { versions, production } = await readModel(session.events, model);
  const found = version === undefined ? production?.data : versions.get(version)?.data;
  if (found) return found;
  if (version !== undefined) throw noVersion(model, version, versions.keys());
  const known = [...versions.keys()].join(', ') || 'none yet: `npx epochlog train` makes one';
  throw new EpochlogError('NOT_FOUND', `no version of ${model} is in production (versions: ${known})`);
}
