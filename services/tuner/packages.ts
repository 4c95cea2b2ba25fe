import { MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import { completedOf, lossOf, type Trial } from '../../ml/search/trial.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { TrialPackagesReleased } from '../../schemas/events.generated.ts';
import { hasParametersInUse } from './adoption.ts';
import { foldsOf, runIdOf, type Search, type State } from './state.ts';

/**
 * Of each search whose trials have not yet been sorted out, the fact that says which of their packages stay. It is due when the
 * newest package is old enough to be deleted.
 */
export function dueReleases(state: State) {
  return [...state.ended.values()].flatMap((search) => {
    const { searchId, endedAt, settings } = search;
    const keep = settings.keep_trials;
    if (endedAt === undefined || keep === undefined || keep === 'all') return []; // undefined: of a search before there was such a rule
    const dueAt = endedAt + MIN_AGE_MS;
    const kept = keptTrials(state, search, keep);
    const released = runsToRelease(search, new Set(kept));
    if (released.length === 0) return [];
    const event = newEvent('TrialPackagesReleased', { searchId, dueAt, kept, released });
    return [{ id: `${searchId}/packages`, dueAt, event }];
  });
}

/** Asks for the packages to be deleted; the trainer, who made them, knows who else needs one. */
export const deletionsOf = ({ searchId, kept, released }: TrialPackagesReleased): NewEvent[] =>
  released.map((runId) =>
    newEvent('PackageDeletionRequested', {
      ...{ runId, requestedBy: 'tuner' },
      reason: `search ${searchId} keeps the packages of ${kept.length === 1 ? 'trial' : 'the trials'} ${kept.join(', ')}`,
    }),
  );

/** The best ones, the first of equal ones, and those with the parameters in use, with which the best can be compared. */
function keptTrials(state: State, search: Search, keep: number): number[] {
  const best = completedOf(search.trials)
    .toSorted((a, b) => lossOf(search.direction, a.value) - lossOf(search.direction, b.value))
    .slice(0, keep);
  const inUse = completedOf(search.trials).filter((trial) => hasParametersInUse(state, search, trial));
  return [...new Set([...best, ...inUse].map(({ number }) => number))].sort((a, b) => a - b);
}

/** The runs that ended with a package, but for the last one of each trial that is kept. */
function runsToRelease(search: Search, kept: ReadonlySet<number>): string[] {
  return search.trials.flatMap((trial) => {
    const runs = foldsOf(search)
      .slice(0, packagesOf(search, trial))
      .map((fold) => runIdOf(search.searchId, trial.number, fold));
    return kept.has(trial.number) ? runs.slice(0, -1) : runs;
  });
}

/** How many of the runs of a trial ended with a package. */
function packagesOf({ settings }: Search, { state, reports }: Trial): number {
  if (settings.folds !== undefined) return reports.length;
  return state === 'completed' ? 1 : 0;
}
