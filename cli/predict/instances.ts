import { Option } from 'commander';
import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { value as valueText } from '../../kernel/texts.ts';
import { computedFields } from '../../ml/instance/schema.ts';
import { SIGNATURE_FILE, signatureSchema } from '../../ml/package/signature.ts';
import { parseObject, type TextFile } from '../../ml/records/lines.ts';
import { declaredTasks } from '../../operations/declared.ts';
import { readModel } from '../../operations/production.ts';
import type { Store } from '../../operations/session.ts';
import { loadInstanceOptions } from '../../tasks/options.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import type { Task } from '../../tasks/task.ts';
import { type Computed, withComputed } from '../../tasks/with-computed.ts';
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
  { model, version }: { readonly model: string; readonly version: string | undefined },
  store: Pick<Store, 'events' | 'artifacts'>,
): Promise<Asked[]> {
  const { events } = store;
  const { task } = await modelNamed(events, model);
  if (options.instance !== undefined) return [{ instance: parsed(options.instance) }];
  const short = SHORT_FORMS.map(({ field, option }) => [field, options[option.attributeName()]] as const);
  const fields = short.filter(([, value]) => value !== undefined);
  if (fields.length > 0) return [{ instance: Object.fromEntries(fields) }];
  if (!file) return [];
  const learnt = taskNamed(await declaredTasks(events), task);
  return rowsOf(file, withComputed(learnt, await computedOf(model, version, store)));
}

/** Numbers that a version expects beside the columns of its task, as its signature has them; none of a version that is not there. */
async function computedOf(
  model: string,
  version: string | undefined,
  { events, artifacts }: Pick<Store, 'events' | 'artifacts'>,
): Promise<Computed> {
  const { versions, production } = await readModel(events, model);
  const digest = (version === undefined ? production : versions.get(version))?.data.package;
  if (digest === undefined) return [];
  const files = filesOfBundle(await artifacts.get(digest));
  const signature = files.find(({ name }) => name === SIGNATURE_FILE);
  if (!signature) return [];
  const { data } = signatureSchema.safeParse(
    JSON.parse(new TextDecoder().decode(await artifacts.get(signature.digest))),
  );
  return data ? computedFields(data.instance) : [];
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
