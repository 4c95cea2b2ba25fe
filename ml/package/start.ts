import type { StartVersion } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import type { LearningProblem } from '../problem.ts';
import { type ModelPackage, validatePackage } from './validate.ts';

/**
 * The package that a training starts from.
 *
 * @throws InvalidInput `start` when another engine trained it, or for another task; InvalidPackage when it is not whole
 */
export function openStart(
  { version, files }: StartVersion,
  engine: string,
  task: LearningProblem,
): ModelPackage {
  const opened = validatePackage(files);
  const trainedBy = opened.metadata.imported === true ? 'external' : opened.metadata.engine;
  if (trainedBy !== engine)
    throw cannotStart(version, `the engine ${trainedBy} made it, and ${engine} trains now`);
  const before = opened.signature.task;
  if (before.name !== task.name || before.type !== task.type)
    throw cannotStart(
      version,
      `it is of the task ${before.name} (${before.type}), not ${task.name} (${task.type})`,
    );
  return opened;
}

export const cannotStart = (version: string, why: string): InvalidInput =>
  new InvalidInput('start', `training cannot start from ${version}: ${why}`);
