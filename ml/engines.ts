import { didYouMean } from '../kernel/nearest.ts';
import type { Engine, Parameters } from './engines/engine.ts';
import { InvalidInput } from './errors.ts';
import { modulesIn } from './folder.ts';
import { type InstanceSchema, kindOf } from './instance/schema.ts';
import { parseParameters } from './parameters.ts';
import type { LearningProblem } from './problem.ts';

/** Every file of the folder, but for the interface, is an engine by the name of the file. */
const engines = await modulesIn<{ engine: Engine }>('engines', 'engine');

/** What the engine of a model is called that is trained elsewhere. */
export const EXTERNAL_ENGINE = 'external';

export const engineNames = (): string[] => [...engines.keys()];

/** @throws InvalidInput `engine` when there is none of that name; it says which there are */
export function engineNamed(name: string): Engine {
  if (name === EXTERNAL_ENGINE) {
    throw new InvalidInput(
      'unsuitable',
      `the engine ${name} cannot train: such a model is trained elsewhere, and its packages are imported`,
    );
  }
  const found = engines.get(name);
  if (found) return found.engine;
  const known = engineNames();
  throw new InvalidInput(
    'engine',
    `there is no engine '${name}'${didYouMean(name, known)}; there are: ${known.join(', ')}`,
  );
}

/**
 * All parameters of an engine: those given and, for the rest, the defaults.
 *
 * @throws InvalidInput `engine`; or `parameter`, see `parseParameters`
 */
export const completeParameters = (name: string, given: Parameters): Parameters =>
  parseParameters(engineNamed(name).parameters, given, name) as Parameters;

/** @throws InvalidInput `engine`, or `start` when the engine cannot start from an earlier version */
export function assertWarmStart(name: string): void {
  if (engineNamed(name).warmStart) return;
  const able = engineNames().filter((other) => engineNamed(other).warmStart);
  const reason = `${name} trains from the beginning only; a training can start from a version with ${able.join(', ')}`;
  throw new InvalidInput('start', reason);
}

/** @throws InvalidInput `engine`, or `unsuitable` when the engine cannot learn such a task from such instances */
export function assertSuitable(
  name: string,
  { type }: Pick<LearningProblem, 'type'>,
  schema: InstanceSchema,
): void {
  const { tasks, instances } = engineNamed(name);
  if (!tasks.includes(type)) {
    throw new InvalidInput('unsuitable', `${name} learns ${tasks.join(' and ')}, not ${type}`);
  }
  const kind = kindOf(schema);
  if (instances.includes(kind)) return;
  const texts = Object.entries(schema.fields).flatMap(([field, value]) =>
    value.type === 'text' ? [field] : [],
  );
  const what = kind === 'mixed' ? `a table with texts (${texts.join(', ')})` : `a ${kind}`;
  throw new InvalidInput(
    'unsuitable',
    `${name} takes instances that are a ${instances.join(' or a ')}, not ${what}`,
  );
}
