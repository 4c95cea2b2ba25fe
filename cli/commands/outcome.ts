import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import { numberIn, readCells } from '../../ml/records/csv.ts';
import { parseObject, readLines, type TextFile } from '../../ml/records/lines.ts';
import { postToPredictor } from '../../operations/predictor.ts';
import { outcomesBody } from '../../services/predictor/schemas.ts';
import { isCsvName } from '../../tasks/rows.ts';
import { action } from '../action.ts';
import { checked, withBy } from '../arguments.ts';
import { about } from '../help.ts';
import { readableFile } from '../input-file.ts';
import { bar } from '../output.ts';
import { withSession } from '../session.ts';

interface Options {
  request?: string;
  label?: string;
  value?: number;
  data?: string;
  by: string;
}

/** The fields of an outcome as a user gave them, and the line of the file. */
interface Row {
  number: number;
  fields: Readonly<Record<string, unknown>>;
}

const COLUMNS = ['requestId', 'label', 'value', 'instant', 'source'];
const OUTCOMES_A_CALL = 10_000;
const outcome = outcomesBody.shape.outcomes.element;

/** `epochlog outcome report`: what turned out to be true of earlier predictions. */
export function register(program: Command): void {
  const group = about(program.command('outcome'), 'production', [
    "npx epochlog outcome report --request flight-1 --label 'on time'",
    'npx epochlog outcome report --data outcomes.csv',
  ]).description('true labels and numbers of earlier predictions');
  const report = about(group.command('report'), 'production', [
    "npx epochlog outcome report --request flight-1 --label 'on time'",
    'npx epochlog outcome report --request ad-7 --value 71.5 --by ada',
    'npx epochlog outcome report --data outcomes.csv',
  ])
    .description('report what turned out to be true of earlier predictions')
    .option('--request <id>', 'the request id of the prediction', checked('--request', identifier))
    .option('--label <label>', 'the true class', checked('--label', identifier))
    .option('--value <number>', 'the true number, of a model that answers with one', numberNamed('--value'))
    .option(
      '--data <file>',
      `many of them: CSV with a header, or lines of JSON, with ${COLUMNS.join(', ')}; requestId and one of label and value are needed`,
    );
  action<Options>(withBy(report), async (options, { config, output }) => {
    const outcomes = await outcomesOf(options);
    await withSession(config, async (session) => {
      for (let i = 0; i < outcomes.length; i += OUTCOMES_A_CALL) {
        const batch = outcomes.slice(i, i + OUTCOMES_A_CALL);
        try {
          await postToPredictor(session, '/v1/outcomes', { outcomes: batch });
        } catch (error) {
          throw i === 0 ? error : withReported(error, i);
        }
        output.progress(`${bar((i + batch.length) / outcomes.length)} outcomes`);
      }
      output.result({ reported: outcomes.length });
      output.line(`${outcomes.length} ${outcomes.length === 1 ? 'outcome' : 'outcomes'} reported`);
    });
  });
}

const numberNamed = (option: string) => (text: string) => {
  const number = numberIn(text, false);
  if (number !== undefined) return number;
  throw new EpochlogError('INPUT_INVALID', `${option} takes a number, not '${text}'`);
};

function withReported(error: unknown, reported: number): unknown {
  if (!(error instanceof EpochlogError)) return error;
  return new EpochlogError(
    error.code,
    `${error.message}; those of the first ${reported} rows were reported`,
    {
      cause: error,
    },
  );
}

/** The outcomes that are asked for, each checked; `--by` says who says so where a row does not. */
async function outcomesOf({ request, label, value, data, by }: Options): Promise<object[]> {
  const isOne = request !== undefined || label !== undefined || value !== undefined;
  if (isOne === (data !== undefined))
    throw new EpochlogError('INPUT_INVALID', 'give --request ID with --label or --value, or --data FILE');
  if (data === undefined) {
    return [checkedOutcome({ requestId: request, label, value, source: by }, '--request, --label, --value')];
  }
  const file = await readableFile(data);
  const outcomes: object[] = [];
  for await (const { number, fields } of rowsOf(file))
    outcomes.push(checkedOutcome({ source: by, ...fields }, `${file.name}, line ${number}`));
  return outcomes;
}

function checkedOutcome(fields: Readonly<Record<string, unknown>>, where: string): object {
  const { success, data, error } = outcome.safeParse(fields);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) => `${[...path, ''].join(' ')}${message}`);
  throw new EpochlogError('INPUT_INVALID', `${where}: ${faults.join('; ')}`);
}

async function* rowsOf(file: TextFile): AsyncGenerator<Row, void, undefined> {
  if (isCsvName(file.name)) {
    yield* csvRows(file);
    return;
  }
  for await (const line of readLines(file)) {
    const { fields, fault } = parseObject(line);
    if (fault) throw new EpochlogError('INPUT_INVALID', `${file.name}, line ${line.number}: ${fault.reason}`);
    checkNames(Object.keys(fields), `${file.name}, line ${line.number}`);
    yield { number: line.number, fields };
  }
}

async function* csvRows(file: TextFile): AsyncGenerator<Row, void, undefined> {
  let header: string[] | undefined;
  for await (const { number, cells, hasDecimalCommas } of readCells(file)) {
    if (!header) {
      header = cells.map((name) => name.trim());
      checkNames(header, file.name);
    } else {
      const names = header;
      const given = cells.flatMap((cell, i) =>
        cell === '' ? [] : [[names[i]!, typedCell(names[i]!, cell, hasDecimalCommas)]],
      );
      yield { number, fields: Object.fromEntries(given) };
    }
  }
}

const typedCell = (name: string, cell: string, hasDecimalCommas: boolean): unknown =>
  name === 'value' ? (numberIn(cell.trim(), hasDecimalCommas) ?? cell) : cell;

/** A file of predictions, say, is none of outcomes: what was answered would be reported as the truth. */
function checkNames(names: readonly string[], where: string): void {
  const unknown = names.find((name) => !COLUMNS.includes(name));
  if (unknown === undefined) return;
  const advice = `there are ${COLUMNS.join(', ')}`;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${where}: an outcome has no '${unknown}'${didYouMean(unknown, COLUMNS)}; ${advice}`,
  );
}
