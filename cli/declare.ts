import { EpochlogError } from '../kernel/errors.ts';
import { newEvent } from '../kernel/event.ts';
import { suggestion } from '../kernel/nearest.ts';
import type { Publisher } from '../kernel/publisher.ts';
import type { EventReader } from '../kernel/reader.ts';
import { completeParameters } from '../ml/engines.ts';
import { InvalidInput } from '../ml/errors.ts';
import { declaredModels, declaredTasks } from '../operations/declared.ts';
import { type DeclaredModel, shippedModels } from '../tasks/models.ts';
import { taskNamed } from '../tasks/registry.ts';

interface Log {
  events: EventReader;
  publisher: Publisher;
}

/** Declares a model. TASK_UNKNOWN, ENGINE_UNKNOWN or INPUT_INVALID when it could not be trained. */
export async function declareModel({ events, publisher }: Log, model: DeclaredModel): Promise<void> {
  const { target } = taskNamed(await declaredTasks(events), model.task);
  if (target.type === 'regression') {
    throw new EpochlogError(
      'INPUT_INVALID',
      `the target of ${model.task} is a number: such models can be trained, but not yet evaluated and served`,
    );
  }
  checkEngine(model);
  await publisher.publish([newEvent('ModelDeclared', { ...model, requestedBy: 'cli' })]);
}

function checkEngine({ engine, parameters }: DeclaredModel): void {
  try {
    completeParameters(engine, parameters);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError(error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID', error.message);
  }
}

/** Declares a model that comes with epochlog, unless it is declared already; NOT_FOUND for one that is neither. */
export async function ensureDeclared(log: Log, name: string): Promise<void> {
  const declared = await declaredModels(log.events);
  if (declared.has(name)) return;
  const shipped = await shippedModels();
  const model = shipped.get(name);
  if (model) return declareModel(log, model);
  const known = [...new Set([...declared.keys(), ...shipped.keys()])].sort();
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no model ${name}; ${suggestion(name, known)} Declare yours with \`npx epochlog model declare FILE.yaml\``,
  );
}
