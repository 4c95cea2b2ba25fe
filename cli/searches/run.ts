import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { measure } from '../../ml/metrics/format.ts';
import { searchFile } from '../../ml/search/file.ts';
import { bestOf, type Trial } from '../../ml/search/trial.ts';
import type { Session } from '../../operations/session.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import type { SearchRequested } from '../../schemas/events.generated.ts';
import { type Search, searchOf, withTrial } from '../../services/tuner/state.ts';
import type { Invocation } from '../action.ts';
import { ensureDeclared } from '../declare.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { readTextFile } from '../input-file.ts';
import type { Output } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { nextSearchId } from './found.ts';

export interface RunOptions {
  id?: string;
  dataset?: string;
  train?: boolean;
  reason: string;
  by: string;
}

const WATCHED = [
  'SearchStarted',
  'TrialStarted',
  'TrialCompleted',
  'TrialPruned',
  'TrialFailed',
  'TrainingPlanned',
] as const;
type Watched = LoggedEvent<(typeof WATCHED)[number]>;
type TrialEnd = LoggedEvent<'TrialCompleted' | 'TrialPruned' | 'TrialFailed'>;
type End = LoggedEvent<'SearchRefused' | 'SearchCompleted' | 'TrainingPlanConcluded' | 'TrainingPlanRefused'>;

/** `search run FILE`. */
export async function runSearch(
  { id, dataset, train = false, reason, by: requestedBy }: RunOptions,
  { config, output }: Invocation,
  path: string,
): Promise<void> {
  const file = await readTextFile(path);
  const { model } = parseDeclaration(path, file, searchFile); // a fault is told with the line, before it is in the log
  await withSession(config, async (session) => {
    await ensureDeclared(session, model, requestedBy);
    const searchId = id ?? (await nextSearchId(session.events, model));
    await searched(
      session,
      { searchId, file, datasetId: dataset ?? null, train, reason, requestedBy },
      output,
    );
  });
}

/**
 * Requests a search, tells its trials, and waits for its end; with `train` for that of the training after it too.
 *
 * @param next whether to say how its best hyperparameters are taken
 */
export async function searched(
  session: Session,
  asked: SearchRequested,
  output: Output,
  next = !asked.train,
): Promise<void> {
  const { searchId, train } = asked;
  const { model } = parseDeclaration('the search file', asked.file, searchFile);
  const tell = narrator(output);
  let [hasEnded, planId]: [boolean, string | undefined] = [false, undefined];
  await requestAndFollow<End['type'], Watched['type']>(session, newEvent('SearchRequested', asked), {
    isFollowed: ({ key }) => key === searchId || key === model, // another may stop it; and the training is of the model
    watched: WATCHED,
    ends: ['SearchRefused', 'SearchCompleted', 'TrainingPlanConcluded', 'TrainingPlanRefused'],
    isEnd(event) {
      const isOfIt =
        'searchId' in event.data || (event.type === 'TrainingPlanConcluded' && event.data.planId === planId);
      if (!isOfIt && !(event.type === 'TrainingPlanRefused' && hasEnded)) return false;
      conclude(event, output, next);
      hasEnded = true;
      return event.type !== 'SearchCompleted' || !train || event.data.best === null;
    },
    onEvent(event) {
      if (event.type !== 'TrainingPlanned') tell(event);
      else if (hasEnded) planId ??= event.data.planId;
    },
  });
}

/** Tells each trial as it ends, beside the best until then. */
function narrator(output: Output): (event: Exclude<Watched, LoggedEvent<'TrainingPlanned'>>) => void {
  let search: Search | undefined;
  return (event) => {
    if (event.type === 'SearchStarted') {
      search = searchOf(event.data);
      const { searchId, engine, datasetId, metric, direction, settings } = search;
      output.line(
        `search ${searchId}: ${settings.max_evals} trials of ${engine} on ${datasetId}, to ${direction} ${metric}`,
      );
      return;
    }
    if (!search) return;
    search = withTrial(search, event);
    if (event.type !== 'TrialStarted') output.line(trialLine(search, event));
  };
}

function trialLine({ trials, direction, metric }: Search, event: TrialEnd): string {
  const { trial: number } = event.data;
  const best = bestOf(trials, direction);
  const top = best ? `; best: ${measure(metric, best.value)}, trial ${best.number}` : '';
  const values = trials[number - 1]?.values ?? {};
  return `trial ${number} ${outcomeOf(event, metric)} (${valuesText({ values })})${top}`;
}

function outcomeOf(event: TrialEnd, metric: string): string {
  switch (event.type) {
    case 'TrialCompleted':
      return `${metric} ${measure(metric, event.data.value)}`;
    case 'TrialPruned':
      return `pruned at epoch ${event.data.step}, ${metric} ${measure(metric, event.data.value)}`;
    case 'TrialFailed':
      return `failed: ${event.data.reason}`;
  }
}

/** The parameters of a trial, numbers to four digits. */
export const valuesText = ({ values }: Pick<Trial, 'values'>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
    .join(', ');

/** Says how it ended, and throws what is an error. */
function conclude(end: End, output: Output, next: boolean): void {
  if (end.type === 'SearchRefused' || end.type === 'TrainingPlanRefused') {
    throw refusal(end.data);
  }
  output.result(end);
  if (end.type === 'TrainingPlanConcluded') {
    output.line(`${end.data.version ?? 'no version'}: ${end.data.outcome}, ${end.data.reason}`);
    if (end.data.outcome !== 'promoted') process.exitCode = EXIT.refused.code;
    return;
  }
  const { searchId, model, reason, best, completed, pruned, failed } = end.data;
  output.line(
    `search ${searchId} ended: ${reason}; ${completed} completed, ${pruned} pruned, ${failed} failed`,
  );
  if (best === null) throw new EpochlogError('CONFLICT', `no trial of ${searchId} has a value: ${reason}`);
  output.line(`best: trial ${best}`);
  if (!next) return;
  output.line(
    `next: npx epochlog search adopt ${searchId}   takes it if it is better on the test split, for npx epochlog train --model ${model} --use-best`,
  );
}

/** Parameters as options of `train`. */
export const optionsOf = (params: Readonly<Record<string, unknown>>): string =>
  Object.entries(params)
    .map(([name, value]) => `--param ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
