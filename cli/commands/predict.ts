import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { abstract as abstractText, identifier, title as titleText } from '../../kernel/texts.ts';
import { parseObject, type TextFile } from '../../ml/records/lines.ts';
import { declaredModels, declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { readableFile } from '../input-file.ts';
import { percent } from '../output.ts';
import { withSession } from '../session.ts';

interface Options {
  instance?: string;
  title?: string;
  abstract?: string;
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
    .option('--title <text>', 'title of one paper: short for --instance', checked('--title', titleText))
    .option('--abstract <text>', 'its abstract', checked('--abstract', abstractText))
    .option('--data <file>', 'records: lines of JSON, or CSV with a header; gzip or plain')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(predict, async (options, { config, output }) => {
    const { model = config.model } = options;
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
  });
}

const answerIn = ({ label, confidence, value }: Prediction, unit = ''): string =>
  value === undefined
    ? `${label}  ${percent(confidence ?? null)}`
    : `${Number(value.toPrecision(6))} ${unit}`.trimEnd();

const answeredBy = ({ model, version, decidedVersion }: Answer): string =>
  `${model} ${version}${version === decidedVersion ? '' : `; ${decidedVersion} is in production and cannot be served`}`;

async function instancesOf(
  { instance, title, abstract }: Options,
  file: TextFile | undefined,
  model: string,
  { events }: Session,
): Promise<Instance[]> {
  if (instance !== undefined) return [{ instance: parsed(instance) }];
  if (title !== undefined) return [{ instance: { title, ...(abstract !== undefined && { abstract }) } }];
  if (!file) {
    throw new EpochlogError(
      'INPUT_INVALID',
      'give --instance JSON, --title (and --abstract), or --data FILE',
    );
  }
  const declared = (await declaredModels(events)).get(model);
  const task = taskNamed(await declaredTasks(events), declared?.task ?? 'arxiv');
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
