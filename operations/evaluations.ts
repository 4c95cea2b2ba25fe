import { type EventReader, type NewEvent, newEvent } from '../schemas/catalogue.ts';
import type { EvaluationCompleted, VersionRegistered } from '../schemas/events.generated.ts';

/** What was measured of a package last, on the test split of a dataset; undefined when it never was. */
export async function lastEvaluation(
  events: Pick<EventReader, 'scan'>,
  digest: string,
): Promise<EvaluationCompleted | undefined> {
  let last: EvaluationCompleted | undefined;
  for await (const { data } of events.scan(['EvaluationCompleted']))
    if (data.package === digest && data.data === null) last = data;
  return last;
}

/** The request to measure a version beside another on the test split of its dataset, or on given records. */
export function evaluateBeside(
  { model, version, package: digest, datasetId }: VersionRegistered,
  rival: { version: string; package: string },
  requestedBy: string,
  given: { data: string; dataName: string } | null = null,
): NewEvent<'EvaluationRequested'> {
  return newEvent('EvaluationRequested', {
    evaluationId: `${model}-${version}-beside-${rival.version}-${Date.now().toString(36)}`,
    model,
    version,
    runId: null,
    package: digest,
    datasetId: given ? null : datasetId,
    data: given?.data ?? null,
    dataName: given?.dataName ?? null,
    baseline: { version: rival.version, package: rival.package },
    includeTraining: false,
    examination: null,
    fold: null,
    reuse: false,
    requestedBy,
  });
}
