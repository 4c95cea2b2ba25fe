import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, value as valueText, version as versionText } from '../../kernel/texts.ts';
import { percent } from '../../ml/metrics/format.ts';
import { parseObject, type TextFile } from '../../ml/records/lines.ts';
import { declaredTasks } from '../../operations/declared.ts';
import { postToPredictor } from '../../operations/predictor.ts';
import type { Session } from '../../operations/session.ts';
import { loadInstanceOptions } from '../../tasks/options.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { about } from '../help.ts';
import { readableFile } from '../input-file.ts';
import { bar } from '../output.ts';
import { createLines } from '../output-file.ts';
import { withSession } from '../session.ts';

/** Short forms of --instance: each gives one of its fields. */
const SHORT_FORMS = (await loadInstanceOptions()).map(({ field, option: { flags, description } }) => {
  const option = new Option(flags, description);
  return { field, option: option.argParser(checked(option.long ?? flags, valueText)) };
});

interface Options {
  instance?: string;
  data?: string;
  model?: string;
  /** that has to answer */
  version?: string;
  out?: string;
  /** how many labels are shown */
  top: number;
}

interface Instance {
  id?: string;
  instance: Record<string, unknown>;
}

interface Prediction {
  requestId: string;
  id?: string;
  label?: string;
  confidence?: number;
  value?: number;
  probabilities?: Record<string, number>;
}

interface Answer {
  model: string;
  version: string;
  decidedVersion: string;
  unit?: string;
  predictions: Prediction[];
}

const INSTANCES_A_CALL = 128;

/** `epochlog predict`: the label or the number of an instance, or of every record of a file, by the version in production. */
export function register(program: Command): void {
  const predict = about(program.command('predict'), 'production', [
    'npx epochlog predict --model account-health --data accounts.csv --top 3',
    'npx epochlog predict --data records.jsonl.gz --out predictions.csv',
  ])
    .description('ask the version in production for labels or numbers')
    .option('--instance <json>', 'the fields of one instance, as a JSON object')
    .option('--data <file>', 'records: lines of JSON, or CSV with a header; gzip or plain')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--version <version>', 'the version that has to answer', checked('--version', versionText))
    .option('--top <number>', 'show so many labels, the most probable first', labels, 1)
    .option(
      '--out <file>',
      'write the predictions to a file: CSV where its name ends with .csv, else lines of JSON',
    );
  for (const { option } of SHORT_FORMS) predict.addOption(option.conflicts(['instance', 'data']));
  action<Options & Record<string, string>>(
    predict,
    async (options, { config, output, model: defaultModel }) => {
      const { model = defaultModel, version, top, out } = options;
      const file = options.data === undefined ? undefined : await readableFile(options.data);
      const lines = out === undefined ? undefined : createLines(out);
      const show = (prediction: Prediction, answer: Answer) =>
        lines ? lines.write(rowOf(prediction, answer, top)) : output.line(lineOf(prediction, answer, top));
      await withSession(config, async (session) => {
        const instances = await instancesOf(options, file, model, session);
        for (let i = 0; i < instances.length; i += INSTANCES_A_CALL) {
          const batch = { model, version, instances: instances.slice(i, i + INSTANCES_A_CALL) };
          const path = top > 1 ? '/v1/predict?probabilities=true' : '/v1/predict';
          const answer = await postToPredictor<Answer>(session, path, batch);
          output.result(answer);
          for (const prediction of answer.predictions) show(prediction, answer);
          if (lines) output.progress(`${bar((i + batch.instances.length) / instances.length)} ${out}`);
        }
        lines?.close();
        if (lines) output.line(`${instances.length} predictions in ${out}`);
      });
    },
  );
}

function labels(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--top takes a number of labels from 1, not '${text}'`);
}

const lineOf = (prediction: Prediction, answer: Answer, top: number): string =>
  `${prediction.id ?? prediction.requestId}  ${answerIn(prediction, top, answer.unit)}  (${answeredBy(answer)})`;

/** What a file holds of a prediction. */
const rowOf = (prediction: Prediction, { model, version }: Answer, top: number) => ({
  id: prediction.id ?? prediction.requestId,
  requestId: prediction.requestId,
  ...(prediction.value === undefined
    ? { label: prediction.label, confidence: prediction.confidence }
    : { value: prediction.value }),
  ...(top > 1 && { top: Object.fromEntries(mostProbable(prediction, top)) }),
  model,
  version,
});

const mostProbable = (
  { probabilities = {} }: Prediction,
  top: number,
): [label: string, probability: number][] =>
  Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, top);

function answerIn(prediction: Prediction, top: number, unit = ''): string {
  const { label, confidence, value } = prediction;
  if (value !== undefined) return `${Number(value.toPrecision(6))} ${unit}`.trimEnd();
  if (top === 1) return `${label}  ${percent(confidence ?? null)}`;
  return mostProbable(prediction, top)
    .map(([name, probability]) => `${name}  ${percent(probability)}`)
    .join('  ');
}

const answeredBy = ({ model, version, decidedVersion }: Answer): string =>
  `${model} ${version}${version === decidedVersion ? '' : `; ${decidedVersion} is in production and cannot be served`}`;

async function instancesOf(
  options: Options & Readonly<Record<string, string>>,
  file: TextFile | undefined,
  model: string,
  { events }: Session,
): Promise<Instance[]> {
  if (options.instance !== undefined) return [{ instance: parsed(options.instance) }];
  const short = SHORT_FORMS.map(({ field, option }) => [field, options[option.attributeName()]] as const);
  const fields = short.filter(([, value]) => value !== undefined);
  if (fields.length > 0) return [{ instance: Object.fromEntries(fields) }];
  if (!file) {
    const flags = SHORT_FORMS.map(({ option }) => option.long).join(', ');
    throw new EpochlogError(
      'INPUT_INVALID',
      `give --instance JSON, --data FILE, or what is short for them (${flags})`,
    );
  }
  const task = taskNamed(await declaredTasks(events), (await modelNamed(events, model)).task);
  const instances: Instance[] = [];
  for await (const row of readRows(file, task)) {
    const { record, fault } = readRow(row, task);
    if (fault) throw new EpochlogError('INPUT_INVALID', `${file.name}, line ${row.number}: ${fault.reason}`);
    instances.push({ id: record.id, instance: record.instance });
  }
  return instances;
}

function parsed(json: string): Record<string, unknown> {
  const { fields, fault } = parseObject({ number: 1, text: json });
  if (fields) return fields;
  throw new EpochlogError('INPUT_INVALID', `--instance: ${fault.reason}`);
}
