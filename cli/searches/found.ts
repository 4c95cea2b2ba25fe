import { EpochlogError } from '../../kernel/errors.ts';
import type { Study } from '../../ml/search/plots/study.ts';
import type { Trial } from '../../ml/search/trial.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
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

/** How the newest search of a model ended that has found something, and the engine of its trials; NOT_FOUND when none has. */
export async function bestOfLastSearch(
  events: Pick<EventReader, 'scan'>,
  model: string,
): Promise<LoggedEvent<'SearchCompleted'>['data'] & { engine: string }> {
  const engines = new Map<string, string>();
  let last: LoggedEvent<'SearchCompleted'>['data'] | undefined;
  for await (const event of events.scan(['SearchStarted', 'SearchCompleted'])) {
    if (event.data.model !== model) continue;
    if (event.type === 'SearchStarted') engines.set(event.data.searchId, event.data.engine);
    else if (event.data.best !== null) last = event.data;
  }
  if (last) return { ...last, engine: engines.get(last.searchId)! };
  throw new EpochlogError(
    'NOT_FOUND',
    `no search of ${model} has found anything yet: \`npx epochlog search run FILE.yaml\``,
  );
}
