import { parseDeclaration } from '../kernel/declaration.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { InvalidInput } from '../ml/errors.ts';
import type { EventReader } from '../schemas/catalogue.ts';
import { type TrainingFile, trainingFile, trainingFileHead } from '../tasks/training-file.ts';
import { modelNamed } from './declare.ts';
import { readTextFile } from './input-file.ts';

/** A training file that was read, whose parameters wait for the engine. */
export interface GivenFile {
  readonly path: string;
  readonly text: string;
  readonly model: string | undefined;
  readonly engine: string | undefined;
}

/** INPUT_UNREADABLE, or INPUT_INVALID when it is not YAML. */
export async function readTrainingFile(path: string): Promise<GivenFile> {
  const text = await readTextFile(path);
  const { model, engine } = parseDeclaration(path, text, trainingFileHead);
  return { path, text, model, engine };
}

/**
 * All of a training file, as the engine has it that it names, or that of the model. INPUT_INVALID or ENGINE_UNKNOWN names the
 * line, the key and the one that is meant.
 */
export async function parseTrainingFile(
  { path, text, engine }: GivenFile,
  events: Pick<EventReader, 'scan'>,
  model: string,
): Promise<TrainingFile> {
  const name = engine ?? (await modelNamed(events, model)).engine;
  const { engineNamed } = await import('../ml/engines.ts'); // the engines are slow to load
  try {
    return parseDeclaration(path, text, trainingFile(engineNamed(name).parameters));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError(
      error.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID',
      `${path}: ${error.message}`,
    );
  }
}
