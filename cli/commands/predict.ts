import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { postToPredictor } from '../../operations/predictor.ts';
import type { Store } from '../../operations/session.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { about } from '../help.ts';
import { readableFile } from '../input-file.ts';
import { bar, type Output } from '../output.ts';
import { createLines, type Lines } from '../output-file.ts';
import { type Answer, lineOf, rowOf } from '../predict/answer.ts';
import { assertAsked, instancesOf, SHORT_FORMS } from '../predict/instances.ts';
import { type Ask, isInProduction, withVersion } from '../predict/local.ts';
import { withSession } from '../session.ts';

interface Options {
  instance?: string;
  data?: string;
  model?: string;
  /** that answers; undefined: the one in production */
  version?: string;
  out?: string;
  /** how many labels are shown */
  top: number;
}

const INSTANCES_A_CALL = 128;

/** `epochlog predict`: the label or the number of an instance, or of every record of a file. */
export function register(program: Command): void {
  const predict = about(program.command('predict'), 'production', [
    'npx epochlog predict --model account-health --data accounts.csv --top 3',
    'npx epochlog predict --data records.jsonl.gz --out predictions.csv',
    'npx epochlog predict --data records.jsonl.gz --version v1.0.0',
  ])
    .description('ask the version in production, or another one, for labels or numbers')
    .option('--instance <json>', 'the fields of one instance, as a JSON object')
    .option('--data <file>', 'records: lines of JSON, or CSV with a header; gzip or plain')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(
      '--version <version>',
      'the version that answers; one that is not in production is loaded by this command, and its answers are not in the log',
      checked('--version', versionText),
    )
    .option('--top <number>', 'show so many labels, the most probable first', labels, 1)
    .option(
      '--out <file>',
      'write the predictions to a file: CSV where its name ends with .csv, else lines of JSON',
    );
  for (const { option } of SHORT_FORMS) predict.addOption(option.conflicts(['instance', 'data']));
  action<Options & Record<string, string>>(predict, async (options, invocation) => {
    assertAsked(options);
    const { config, output } = invocation;
    const { model = invocation.model, version, top, out } = options;
    const file = options.data === undefined ? undefined : await readableFile(options.data);
    const lines = out === undefined ? undefined : createLines(out);
    const answered = async (ask: Ask, store: Pick<Store, 'events' | 'artifacts'>) => {
      const instances = await instancesOf(options, file, { model, version }, store);
      await show(instances, ask, { lines, top, output });
      lines?.close();
      if (lines) output.line(`${instances.length} predictions in ${out}`);
    };
    if (version !== undefined && !(await isInProduction(config, model, version))) {
      return withVersion(config, model, version, (ask, store) => {
        output.line(`${version} is not in production: it is loaded here, and its answers are not in the log`);
        return answered(ask, store);
      });
    }
    const path = top > 1 ? '/v1/predict?probabilities=true' : '/v1/predict';
    await withSession(config, (session) =>
      answered((instances) => postToPredictor<Answer>(session, path, { model, version, instances }), session),
    );
  });
}

/** Asks batch by batch, and prints or writes each as it comes. */
async function show(
  instances: Parameters<Ask>[0],
  ask: Ask,
  { lines, top, output }: { lines: Lines | undefined; top: number; output: Output },
): Promise<void> {
  for (let i = 0; i < instances.length; i += INSTANCES_A_CALL) {
    const batch = instances.slice(i, i + INSTANCES_A_CALL);
    const answer = await ask(batch);
    output.result(answer);
    for (const prediction of answer.predictions) {
      if (lines) lines.write(rowOf(prediction, answer, top));
      else output.line(lineOf(prediction, answer, top));
    }
    if (lines) output.progress(`${bar((i + batch.length) / instances.length)} predictions`);
  }
}

function labels(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--top takes a number of labels from 1, not '${text}'`);
}
