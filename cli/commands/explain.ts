import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, value as valueText, version as versionText } from '../../kernel/texts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { explainFromOutside } from '../../ml/explain/black-box.ts';
import { type Explanation, explain } from '../../ml/explain/explanation.ts';
import { featureImportance, permutationImportance } from '../../ml/explain/importance.ts';
import { cleanInstance } from '../../ml/instance/validate.ts';
import type { Store } from '../../operations/session.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { describeExplanation, describeImportance } from '../explain/describe.ts';
import { type Subject, withSubject } from '../explain/subject.ts';
import { about } from '../help.ts';
import { instancesOf, SHORT_FORMS } from '../predict/instances.ts';
import { withStore } from '../store.ts';

interface Options {
  instance?: string;
  prediction?: string;
  model?: string;
  version?: string;
  label?: string;
  top: number;
}

/** Samples whose contributions are averaged for a model. */
const IMPORTANCE_SAMPLES = 300;

/** `epochlog explain`: what an answer of a version is made of, or what matters to the version at all. */
export function register(program: Command): void {
  const command = about(program.command('explain'), 'training', [
    'npx epochlog explain',
    'npx epochlog explain --prediction req-1',
    'npx epochlog explain --version v1.0.0 --label cs.LG',
  ])
    .description('explain an answer of a version, or say which features matter to it at all')
    .option('--instance <json>', 'explain the answer to an instance: its fields, as a JSON object')
    .option('--prediction <request>', 'explain a prediction of the log, where the policy keeps inputs')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(
      '--version <version>',
      'version that is explained (default: the one that answered, or the one in production)',
      checked('--version', versionText),
    )
    .option(
      '--label <label>',
      'explain this label instead of the most probable one',
      checked('--label', valueText),
    )
    .option('--top <number>', 'show so many features', features, 15);
  for (const { option } of SHORT_FORMS) command.addOption(option.conflicts(['instance', 'prediction']));
  action<Options & Record<string, string>>(command, async (options, { config, output, model: usual }) => {
    const { model = usual, label, top, prediction } = options;
    if (prediction !== undefined && options.instance !== undefined)
      throw new EpochlogError('INPUT_INVALID', 'give one of --instance and --prediction');
    const served = prediction === undefined ? undefined : await withStore(config, servedAs(prediction));
    const named = { model: served?.model ?? model, version: options.version ?? served?.version };
    await withSubject(config, named, async (subject, store) => {
      const asked = served ? JSON.parse(served.input) : await askedOf(options, store, model);
      const about = { model: subject.model, version: subject.version };
      if (!asked) {
        const { features, fields } = await importanceOf(subject);
        output.line(`${about.version} of ${about.model}`);
        output.result({ ...about, features, fields });
        for (const part of describeImportance(features, fields, top, output)) output.line(part);
        return;
      }
      const explanation = await explanationOf(subject, asked, label);
      output.line(`${about.version} of ${about.model}`);
      output.result({ ...about, ...explanation });
      for (const part of describeExplanation(explanation, top, output)) output.line(part);
    });
  });
}

/** The instance that the options give; undefined when they give none. */
async function askedOf(
  options: Options & Record<string, string>,
  store: Store,
  model: string,
): Promise<unknown> {
  const [asked] = await instancesOf(options, undefined, { model, version: undefined }, store);
  return asked?.instance;
}

/** A prediction of the log with the input that it answered. NOT_FOUND when the log has no such prediction, or not its input. */
const servedAs =
  (requestId: string) =>
  async ({ events }: Store): Promise<{ model: string; version: string; input: string }> => {
    for await (const { data } of events.scan(['PredictionServed'])) {
      if (data.requestId !== requestId) continue;
      const { model, version, input } = data;
      if (input !== null) return { model, version, input };
      throw new EpochlogError(
        'NOT_FOUND',
        `the log does not have the input of prediction ${requestId}: the policy of ${model} keeps none (serving: { keepInput: true } does), or it was too long; give it with --instance`,
      );
    }
    throw new EpochlogError('NOT_FOUND', `there is no prediction ${requestId} in the log`);
  };

async function explanationOf(subject: Subject, asked: unknown, label?: string): Promise<Explanation> {
  try {
    const instance = cleanInstance(subject.schema, subject.opened.validate(asked));
    const explainer = await subject.explainer();
    if (explainer) return explain(explainer, subject.task, instance, label);
    const reference = await subject.examples('test');
    return await explainFromOutside(
      subject,
      instance,
      reference.map((example) => example.instance),
      label,
    );
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError('INPUT_INVALID', error.message, { cause: error });
  }
}

async function importanceOf(subject: Subject) {
  const examples = await subject.examples('test');
  if (examples.length === 0)
    throw new EpochlogError(
      'NOT_FOUND',
      `the dataset that ${subject.version} was trained on is not in this log, or has no test split: explain an instance with --instance`,
    );
  const explainer = await subject.explainer();
  const features = explainer
    ? featureImportance(explainer, subject.task, examples.slice(0, IMPORTANCE_SAMPLES))
    : [];
  return { features, fields: await permutationImportance(subject, examples) };
}

function features(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--top takes a number of features from 1, not '${text}'`);
}
