import { EpochlogError } from '../../kernel/errors.ts';
import type { Study } from '../../ml/search/plots/study.ts';
import type { Trial } from '../../ml/search/trial.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
import type { ParametersAdopted } from '../../schemas/events.generated.ts';
import { searchOf, withTrial } from '../../services/tuner/state.ts';
import { notFound } from '../listing.ts';

/** A search as the log has it. */
export interface FoundSearch {
  readonly started: LoggedEvent<'SearchStarted'>;
  readonly trials: readonly Trial[];
  /** undefined while it runs */
  readonly ended: LoggedEvent<'SearchCompleted'> | undefined;
  readonly study: Study;
}

/** The search of an id; NOT_FOUND, with the nearest, when there is none. */
export async function findSearch(events: Pick<EventReader, 'scan'>, searchId: string): Promise<FoundSearch> {
  let [started, ended]: [FoundSearch['started'] | undefined, FoundSearch['ended']] = [undefined, undefined];
  let search: ReturnType<typeof searchOf> | undefined;
  const known: string[] = [];
  for await (const event of events.scan([
    'SearchStarted',
    'TrialStarted',
    'TrialReported',
    'TrialPruned',
    'TrialCompleted',
    'TrialFailed',
    'SearchCompleted',
  ])) {
    if (event.type === 'SearchStarted') known.push(event.data.searchId);
    if (event.data.searchId !== searchId) continue;
    if (event.type === 'SearchStarted') [started, search] = [event, searchOf(event.data)];
    else if (event.type === 'SearchCompleted') ended = event;
    else search = search && withTrial(search, event);
  }
  if (!started || !search) throw notFound('search', searchId, known);
  const { trials, metric, direction, settings } = search;
  const study = { title: searchId, metric, direction, space: settings.space, trials };
  return { started, trials, ended, study };
}

/** The id of the next search of a model: `<model>-s<n>`, as runs and datasets have theirs. */
export async function nextSearchId(events: Pick<EventReader, 'scan'>, model: string): Promise<string> {
  const taken = new Set<string>();
  for await (const { data } of events.scan(['SearchStarted'])) taken.add(data.searchId);
  for (let number = 1; ; number++) if (!taken.has(`${model}-s${number}`)) return `${model}-s${number}`;
}

/** Hyperparameters that a search has found. */
export interface FoundParameters {
  readonly engine: string;
  readonly params: ParametersAdopted['params'];
  /** for people: which they are */
  readonly source: string;
}

/** Those that were adopted since the model was declared, and the best of its newest search that found any. */
export async function parametersOf(
  events: Pick<EventReader, 'scan'>,
  model: string,
): Promise<{ readonly adopted: FoundParameters | undefined; readonly last: FoundParameters | undefined }> {
  const engines = new Map<string, string>();
  let [adopted, last]: [FoundParameters?, FoundParameters?] = [];
  for await (const { type, data } of events.scan([
    'ModelDeclared',
    'SearchStarted',
    'SearchCompleted',
    'ParametersAdopted',
  ])) {
    if (data.model !== model) continue;
    if (type === 'ModelDeclared') adopted = undefined;
    else if (type === 'SearchStarted') engines.set(data.searchId, data.engine);
    else if (type === 'ParametersAdopted') adopted = adoptedBy(data);
    else if (data.best !== null) {
      const source = `the best of search ${data.searchId}, trial ${data.best}`;
      last = { engine: engines.get(data.searchId)!, params: data.params, source };
    }
  }
  return { adopted, last };
}

/**
 * The hyperparameters of a model that were adopted since it was declared, or else the best of its newest search that found
 * any; NOT_FOUND when there are none.
 */
export async function bestParameters(
  events: Pick<EventReader, 'scan'>,
  model: string,
): Promise<FoundParameters> {
  const { adopted, last } = await parametersOf(events, model);
  if (adopted ?? last) return (adopted ?? last)!;
  throw new EpochlogError(
    'NOT_FOUND',
    `no search of ${model} has found anything yet: \`npx epochlog search run FILE.yaml\``,
  );
}

const adoptedBy = ({ engine, params, searchId, trial }: ParametersAdopted): FoundParameters => ({
  ...{ engine, params },
  source: `adopted of search ${searchId}, trial ${trial}`,
});
