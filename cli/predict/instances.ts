import { Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { value as valueText } from '../../kernel/texts.ts';
import { parseObject, type TextFile } from '../../ml/records/lines.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Store } from '../../operations/session.ts';
import { loadInstanceOptions } from '../../tasks/options.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { checked } from '../arguments.ts';
import { modelNamed } from '../declare.ts';

/** What is asked about. */
export interface Asked {
  id?: string;
  instance: Record<string, unknown>;
}

/** Short forms of --instance: each gives one of its fields. */
export const SHORT_FORMS = (await loadInstanceOptions()).map(({ field, option: { flags, description } }) => {
  const option = new Option(flags, description);
  return { field, option: option.argParser(checked(option.long ?? flags, valueText)) };
});

/** The instances that the options give, or the file. INPUT_INVALID for a line that is wrong, NOT_FOUND without the model. */
export async function instancesOf(
  options: Readonly<Record<string, unknown>> & { instance?: string },
  file: TextFile | undefined,
  model: string,
  { events }: Pick<Store, 'events'>,
): Promise<Asked[]> {
  const { task } = await modelNamed(events, model);
  if (options.instance !== undefined) return [{ instance: parsed(options.instance) }];
  const short = SHORT_FORMS.map(({ field, option }) => [field, options[option.attributeName()]] as const);
  const fields = short.filter(([, value]) => value !== undefined);
  if (fields.length > 0) return [{ instance: Object.fromEntries(fields) }];
  return file ? rowsOf(file, taskNamed(await declaredTasks(events), task)) : [];
}

/** INPUT_INVALID unless something is asked about, in one way. */
export function assertAsked({ instance, data, ...options }: Readonly<Record<string, unknown>>): void {
  const isShort = SHORT_FORMS.some(({ option }) => options[option.attributeName()] !== undefined);
  const given = [instance !== undefined, data !== undefined, isShort].filter(Boolean).length;
  if (given === 1) return;
  const flags = SHORT_FORMS.map(({ option }) => option.long).join(', ');
  throw new EpochlogError(
    'INPUT_INVALID',
    `give ${given === 0 ? '' : 'one of '}--instance JSON, --data FILE, or what is short for them (${flags})`,
  );
}

async function rowsOf(file: TextFile, task: Task): Promise<Asked[]> {
  const instances: Asked[] = [];
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
