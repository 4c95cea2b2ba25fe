import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { declarationOf } from '../operations/declare.ts';
import { declaredModels, declaredTasks } from '../operations/declared.ts';
import type { EventReader, Publisher } from '../schemas/catalogue.ts';
import { newEvent } from '../schemas/catalogue.ts';
import { assertTrainable, type DeclaredModel, shippedModels } from '../tasks/models.ts';

interface Log {
  events: EventReader;
  publisher: Publisher;
}

/** Declares a model. TASK_UNKNOWN, ENGINE_UNKNOWN or INPUT_INVALID when it could not be trained. */
export async function declareModel({ events, publisher }: Log, model: DeclaredModel): Promise<void> {
  assertTrainable(model, await declaredTasks(events));
  await publisher.publish([newEvent('ModelDeclared', { ...model, requestedBy: 'cli' })]);
}

/** Declares a model that comes with epochlog, unless it is declared already; NOT_FOUND for one that is neither. */
export async function ensureDeclared(log: Log, name: string): Promise<void> {
  const declared = await declaredModels(log.events);
  if (declared.has(name)) return;
  const shipped = await shippedModels();
  const model = shipped.get(name);
  if (model) {
    await log.publisher.publish(await declarationOf(log.events, model, 'cli'));
    return;
  }
  const known = [...new Set([...declared.keys(), ...shipped.keys()])].sort();
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no model ${name}; ${suggestion(name, known)} Declare yours with \`npx epochlog model declare FILE.yaml\``,
  );
}
