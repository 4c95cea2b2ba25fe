import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, value as valueText } from '../../kernel/texts.ts';
import { percent } from '../../ml/metrics/format.ts';
import { parseObject, type TextFile } from '../../ml/records/lines.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { loadInstanceOptions } from '../../tasks/options.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { readableFile } from '../input-file.ts';
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
  const predict = program
    .command('predict')
    .description('ask the version in production for labels or numbers')
    .option('--instance <json>', 'the fields of one instance, as a JSON object')
    .option('--data <file>', 'records: lines of JSON, or CSV with a header; gzip or plain')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  for (const { option } of SHORT_FORMS) predict.addOption(option.conflicts(['instance', 'data']));
  action<Options & Record<string, string>>(
    predict,
    async (options, { config, output, model: defaultModel }) => {
      const { model = defaultModel } = options;
      const file = options.data === undefined ? undefined : await readableFile(options.data);
      await withSession(config, async (session) => {
        const instances = await instancesOf(options, file, model, session);
        for (let i = 0; i < instances.length; i += INSTANCES_A_CALL) {
          const batch = instances.slice(i, i + INSTANCES_A_CALL);
          const answer = await session.post<Answer>('/v1/predict', { model, instances: batch });
          output.result(answer);
          const by = answeredBy(answer);
          for (const prediction of answer.predictions) {
            const { requestId, id } = prediction;
            output.line(`${id ?? requestId}  ${answerIn(prediction, answer.unit)}  (${by})`);
          }
        }
      });
    },
  );
}

const answerIn = ({ label, confidence, value }: Prediction, unit = ''): string =>
  value === undefined
    ? `${label}  ${percent(confidence ?? null)}`
    : `${Number(value.toPrecision(6))} ${unit}`.trimEnd();

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
