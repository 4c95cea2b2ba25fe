import type { Change, ModelVersions } from './versions.ts';

/** What callers and trainings depend on, as far as it is known of a run. */
interface Origin {
  readonly runId: string;
  readonly datasetId: string;
  readonly modelHash: string;
}

/**
 * The number of the next version: v1.0.0, then by what has changed since the version before. Numbers only grow, and none is
 * used twice. What was said of its run goes before what was said of the next version.
 */
export function nextNumber(model: ModelVersions, candidate: Origin): string {
  const last = [...model.registered.values()].at(-1);
  if (!last) return 'v1.0.0';
  const [major = 1, minor = 0, patch = 0] = last.version.slice(1).split('.').map(Number);
  switch (model.changes.get(candidate.runId) ?? model.nextChange ?? changeOf(model, last, candidate)) {
    case 'major':
      return `v${major + 1}.0.0`;
    case 'patch':
      return `v${major}.${minor}.${patch + 1}`;
    default:
      return `v${major}.${minor + 1}.0`;
  }
}

/**
 * Other labels, another version of the task or another engine are a major change: who asks, or trains, may have to change too.
 * The same graph that is imported again is a patch. All else is a training on other data: minor. What is not known of one of the two counts as
 * unchanged.
 */
function changeOf({ engines, contracts, reported }: ModelVersions, last: Origin, candidate: Origin): Change {
  const differs = (known: ReadonlyMap<string, string>, key: 'runId' | 'datasetId') => {
    const [before, after] = [known.get(last[key]), known.get(candidate[key])];
    return before !== undefined && after !== undefined && before !== after;
  };
  if (differs(engines, 'runId') || differs(contracts, 'datasetId')) return 'major';
  return reported.has(candidate.runId) && last.modelHash === candidate.modelHash ? 'patch' : 'minor';
}
