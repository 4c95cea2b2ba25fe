import { parseDocument } from 'yaml';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Session } from '../../operations/session.ts';
import { modelNamed } from '../declare.ts';
import { readTextFile } from '../input-file.ts';
import type { Output } from '../output.ts';
import { adoptBest } from './adopt.ts';
import { type FoundParameters, nextSearchId, parametersOf } from './found.ts';
import { searched } from './run.ts';

export interface OptimizeOptions {
  /** a search file; true: the space of the engine */
  readonly optimize: string | true;
  readonly trials?: number | undefined;
  /** such as 1h */
  readonly timeout?: string | undefined;
  readonly reason: string;
  readonly by: string;
}

/**
 * Searches the hyperparameters of a model, and adopts the best when they are better than those in use on the test split.
 *
 * @returns those in use then; undefined when they are those that the model is declared with
 */
export async function optimized(
  session: Session,
  model: string,
  { optimize, trials, timeout, reason, by: requestedBy }: OptimizeOptions,
  output: Output,
): Promise<FoundParameters | undefined> {
  const file = await searchFileOf(session, model, { optimize, trials, timeout });
  const searchId = await nextSearchId(session.events, model);
  const asked = { searchId, file, datasetId: null, train: false, reason, requestedBy };
  await searched(session, asked, output, false);
  const end = await adoptBest(session, { searchId, reason, requestedBy });
  output.line(`${end.type === 'ParametersAdopted' ? 'adopted' : 'those in use stay'}: ${end.data.reason}`);
  return (await parametersOf(session.events, model)).adopted;
}

/** The search file with what the options say instead. */
async function searchFileOf(
  { events }: Session,
  model: string,
  { optimize, trials, timeout }: Pick<OptimizeOptions, 'optimize' | 'trials' | 'timeout'>,
): Promise<string> {
  const document = parseDocument(
    optimize === true
      ? JSON.stringify({ space: await spaceOf(events, model) })
      : await readTextFile(optimize),
  );
  if (optimize === true) document.set('model', model);
  if (trials !== undefined) document.set('max_evals', trials);
  if (timeout !== undefined) document.set('time_limit', timeout);
  const named = document.get('model');
  if (named === model) return document.toString();
  throw new EpochlogError(
    'INPUT_INVALID',
    `${optimize} searches the model ${named}, but ${model} is trained`,
  );
}

async function spaceOf(events: Session['events'], model: string): Promise<unknown> {
  const { engine } = await modelNamed(events, model);
  const { engineNamed } = await import('../../ml/engines.ts'); // the engines are slow to load
  const { space } = engineNamed(engine);
  if (space) return space;
  throw new EpochlogError(
    'INPUT_INVALID',
    `the engine ${engine} has no space of its own: --optimize takes a search file`,
  );
}
