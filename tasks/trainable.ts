import { EpochlogError } from '../kernel/errors.ts';
import { assertRolling } from '../ml/dataset/rolling.ts';
import { assertSuitable, completeParameters, EXTERNAL_ENGINE } from '../ml/engines.ts';
import { InvalidInput } from '../ml/errors.ts';
import type { DeclaredModel } from './models.ts';
import { type Tasks, taskNamed } from './registry.ts';

/** TASK_UNKNOWN, ENGINE_UNKNOWN or INPUT_INVALID for a model that could not be trained. */
export function assertTrainable({ task, engine, parameters, features }: DeclaredModel, tasks: Tasks): void {
  const { target, schema } = taskNamed(tasks, task);
  if (engine === EXTERNAL_ENGINE) return;
  try {
    completeParameters(engine, parameters);
    assertSuitable(engine, target, schema);
    assertRolling(
      schema,
      features.map(({ rolling }) => rolling),
    );
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError(error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID', error.message);
  }
}
