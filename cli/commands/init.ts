import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import type { TextFile } from '../../ml/records/lines.ts';
import { quoted } from '../../ml/records/shell-word.ts';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { taskName } from '../../tasks/declared/schema.ts';
import { countEqualRows } from '../../tasks/infer/equal-rows.ts';
import { assertInputs, type Proposal, type ProposedColumn, propose } from '../../tasks/infer/propose.ts';
import { readSample } from '../../tasks/infer/sample.ts';
import { taskNameOf } from '../../tasks/infer/task-name.ts';
import { modelYaml, taskYaml, typeOf } from '../../tasks/infer/write.ts';
import { loadTasks } from '../../tasks/load.ts';
import { declaredModel } from '../../tasks/models.ts';
import type { Task } from '../../tasks/task.ts';
import { action } from '../action.ts';
import { checked } from '../arguments.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { type Output, printable, shortened, table } from '../output.ts';
import { predictCall } from '../predict/call.ts';

interface Options {
  task?: string;
  target?: string;
  kind?: 'tabular' | 'text';
  dir: string;
  force?: boolean;
}

/** `epochlog init FILE`: proposes a task and a model for the rows of a file, as files to look at and to declare. */
export function register(program: Command): void {
  const init = about(program.command('init'), 'start', ['npx epochlog init customers.csv --target churned'])
    .argument('<file>', 'rows to learn from: CSV with a header, or lines of JSON; gzip or plain')
    .description('propose a task and a model for a file of your own: writes task.yaml and model.yaml')
    .option(
      '--task <name>',
      'name of the task and the model (default: that of the file)',
      checked('--task', taskName),
    )
    .option('--target <column>', 'the column that is to be learnt')
    .addOption(new Option('--kind <kind>', 'a table, or texts').choices(['tabular', 'text']))
    .option('--dir <folder>', 'where to write the files', '.')
    .option('--force', 'overwrite them');
  action<Options>(init, async (options, { output }, path = '') => {
    const file = basename(path);
    const name = options.task ?? taskNameOf(file);
    if ((await loadTasks()).has(name)) {
      throw new EpochlogError(
        'CONFLICT',
        `${name} is a task that comes with epochlog: give yours another name (--task)`,
      );
    }
    const data = { name: file, bytes: await readInputFile(path) };
    const sample = await readSample(data);
    const proposal = propose(sample, options);
    assertInputs(sample, proposal);
    const files = { task: join(options.dir, 'task.yaml'), model: join(options.dir, 'model.yaml') };
    const texts = { task: taskYaml(name, file, proposal), model: modelYaml(name, proposal) };
    const task = declaredTask(files.task, texts.task); // what is written can be declared
    declaredModel(files.model, texts.model);
    const warnings = [...proposal.warnings, ...(await idWarnings(data, task, proposal))];
    await writeAll(options, { [files.task]: texts.task, [files.model]: texts.model });
    const next = nextCommands(name, path, files, proposal);
    output.result({
      name,
      files,
      rows: sample.total,
      ...proposal,
      warnings,
      columns: proposal.columns.map(summaryOf),
      next,
    });
    show(
      output,
      { ...proposal, warnings },
      `${file}: ${sample.total} rows, ${proposal.columns.length} columns`,
    );
    output.line(`${files.task} and ${files.model} are written: look at them, change what is wrong, then`);
    for (const command of next) output.line(command);
  });
}

/** Without a column of ids a record is its values: rows that are equal are one record. */
async function idWarnings(file: TextFile, task: Task, { columns }: Proposal): Promise<string[]> {
  if (columns.some(({ role }) => role === 'id')) return [];
  const equal = await countEqualRows(file, task);
  if (equal === 0) return [];
  const rows =
    equal === 1
      ? '1 row is equal to an earlier one and counts'
      : `${equal} rows are equal to an earlier one and count`;
  return [`there is no column of ids, so a record is named by its values: ${rows} as the same record`];
}

/** Writes all files or none. */
async function writeAll({ dir, force }: Options, files: Readonly<Record<string, string>>): Promise<void> {
  const there = force ? [] : Object.keys(files).filter((path) => existsSync(path));
  if (there.length > 0) {
    throw new EpochlogError(
      'CONFLICT',
      `${there.join(' and ')} ${there.length > 1 ? 'are' : 'is'} there already: --force overwrites, --dir FOLDER writes elsewhere`,
    );
  }
  await mkdir(dir, { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(path, text);
}

const summaryOf = ({ values: _, ...column }: ProposedColumn) => column;

function show(output: Output, { columns, warnings, kind, engine, target }: Proposal, title: string): void {
  output.line(
    `${printable(title)}; a ${kind === 'text' ? 'task of texts' : 'table'}, for the engine ${engine}`,
  );
  output.line();
  const rows = columns.map(({ name, kind: found, missing, role, range, rows: all }) => [
    shortened(printable(name), 32),
    found === 'integer' ? 'number (whole)' : found === 'text' || role === 'ignored' ? found : typeOf(found),
    role,
    missing === 0 ? '' : `${((100 * missing) / all).toFixed(1)} %`,
    shortened(printable(range), 60),
  ]);
  output.line(table(['column', 'type', 'role', 'missing', 'values'], rows));
  output.line();
  const classes = target.classes ? `${target.classes.length} classes` : 'classes, those of the data';
  output.line(`target: ${printable(target.column)}, ${target.isNumber ? 'a number' : classes}`);
  for (const warning of warnings) output.line(`! ${printable(warning)}`);
  output.line();
}

/** What to type next, as it is for a shell. */
function nextCommands(
  name: string,
  path: string,
  files: { task: string; model: string },
  { example }: Proposal,
): string[] {
  return [
    `npx epochlog task declare ${quoted(files.task)}`,
    `npx epochlog collect --task ${name} ${quoted(path)}`,
    `npx epochlog model declare ${quoted(files.model)}`,
    `npx epochlog train --model ${name}`,
    predictCall(name, example, path),
  ];
}
