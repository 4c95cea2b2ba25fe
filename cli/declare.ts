import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { declarationOf } from '../operations/declare.ts';
import { declaredModels, declaredTasks } from '../operations/declared.ts';
import type { EventReader, Publisher } from '../schemas/catalogue.ts';
import { type DeclaredModel, declaredModel, shippedModels } from '../tasks/models.ts';

interface Log {
  events: EventReader;
  publisher: Publisher;
}

/** Declares a model, with its policy where it has one. TASK_UNKNOWN, ENGINE_UNKNOWN or INPUT_INVALID when it could not be trained. */
export async function declareModel(
  { events, publisher }: Log,
  model: DeclaredModel & { policy?: string | undefined },
  requestedBy = 'cli',
): Promise<void> {
  await assertDeclarable(events, model);
  await publisher.publish(await declarationOf(events, model, requestedBy));
}

/** Throws what `assertTrainable` does for a model of the tasks that a log declares. */
export async function assertDeclarable(
  events: Pick<EventReader, 'scan'>,
  model: DeclaredModel,
): Promise<void> {
  const { assertTrainable } = await import('../tasks/trainable.ts'); // the engines are slow to load
  assertTrainable(model, await declaredTasks(events));
}

/** What to type after a model was declared: an engine that trains nothing needs a dataset for others to train on. */
export const nextAfterModel = ({ model, engine }: Pick<DeclaredModel, 'model' | 'engine'>): string =>
  engine === 'external'
    ? `npx epochlog dataset seal --model ${model}`
    : `npx epochlog train --model ${model}`;

/** The model of a name as it is declared, or else as it comes with epochlog; NOT_FOUND for one that is neither. */
export async function modelNamed(
  events: Pick<EventReader, 'scan'>,
  name: string,
): Promise<DeclaredModel & { policy?: string | undefined }> {
  const declared = await declaredModels(events);
  const file = declared.get(name)?.file;
  if (file !== undefined) return declaredModel(`${name}.yaml`, file);
  const shipped = await shippedModels();
  const model = shipped.get(name);
  if (model) return model;
  const known = [...new Set([...declared.keys(), ...shipped.keys()])].sort();
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no model ${name}; ${suggestion(name, known)} Declare yours with \`npx epochlog model declare FILE.yaml\``,
  );
}

/** Declares a model that comes with epochlog, unless it is declared already; NOT_FOUND for one that is neither. */
export async function ensureDeclared(log: Log, name: string, requestedBy?: string): Promise<void> {
  const model = await modelNamed(log.events, name);
  if (!(await declaredModels(log.events)).has(name)) await declareModel(log, model, requestedBy);
}
