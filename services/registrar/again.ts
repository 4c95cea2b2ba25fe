import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';

/** Requests an evaluation of a version beside the one that is in production now, or alone where nothing is. */
export const compareWith = (
  rival: VersionRegistered | undefined,
  candidate: VersionRegistered,
  why = `against-${rival?.version}`,
): NewEvent =>
  newEvent('EvaluationRequested', {
    evaluationId: `${candidate.runId}-${why}`,
    model: candidate.model,
    version: candidate.version,
    runId: candidate.runId,
    package: candidate.package,
    datasetId: candidate.datasetId,
    data: null,
    dataName: null,
    baseline: rival ? { version: rival.version, package: rival.package } : null,
    includeTraining: false,
    examination: null,
    fold: null,
    reuse: false,
    requestedBy: 'registrar',
  });
