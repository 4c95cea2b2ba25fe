import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { answersTo, confidencesIn } from '../../ml/answers.ts';
import { isUncertainty, UNCERTAINTIES, uncertaintiesOf } from '../../ml/curation/uncertainty.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { computedFields } from '../../ml/instance/schema.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { LabelQueueRanked, LabelQueueRequested } from '../../schemas/events.generated.ts';
import { withGraph } from './evaluate.ts';
import { type Candidate, candidatesOf } from './label-candidates.ts';
import { predictAll } from './measure.ts';
import type { Packages } from './packages.ts';
import type { Quiet } from './quiet.ts';

interface Ports extends Pick<ServiceContext, 'inference' | 'events'> {
  readonly packages: Packages;
  readonly quiet: Quiet;
  /** milliseconds that it may take */
  readonly limitMs: number;
}

/** The samples that a version is least certain of, or why there are none. */
export async function rankForLabels(
  request: LabelQueueRequested,
  task: string | undefined,
  ports: Ports,
): Promise<NewEvent> {
  const { queueId, model, version, package: digest, measure, requestedBy } = request;
  try {
    if (task === undefined)
      throw new EpochlogError('NOT_FOUND', `there is no model ${model}: declare it first`);
    const candidates = await candidatesOf(ports.events, { ...request, task });
    if (candidates.length === 0) throw nothingToLabel(request, task);
    const samples = await ranked(request, candidates, ports);
    const lacking = candidates.filter(({ isLacking }) => isLacking).length;
    return newEvent('LabelQueueRanked', {
      ...{ queueId, model, task, version, package: digest, measure },
      ...{ candidates: candidates.length, lacking, samples, requestedBy },
    });
  } catch (error) {
    return newEvent('LabelQueueRefused', { queueId, model, ...refusalOf(error), requestedBy });
  }
}

async function ranked(
  { package: digest, measure, size }: LabelQueueRequested,
  candidates: readonly Candidate[],
  ports: Ports,
): Promise<LabelQueueRanked['samples']> {
  if (!isUncertainty(measure))
    throw new EpochlogError(
      'INPUT_INVALID',
      `there is no measure '${measure}': name one of ${UNCERTAINTIES.join(', ')}`,
    );
  const opened = await ports.packages.open(digest);
  const { task } = opened;
  if (task.type === 'regression')
    throw new EpochlogError(
      'INPUT_INVALID',
      'the model answers with a number, and does not say how certain it is: label what `label next` shows',
    );
  const [computed] = computedFields(opened.schema);
  if (computed)
    throw new EpochlogError(
      'INPUT_INVALID',
      `the model needs ${computed[0]}, the ${computed[1]}, which samples do not have: label what \`label next\` shows`,
    );
  const signal = AbortSignal.timeout(ports.limitMs);
  const scores = await withGraph(ports, opened, (session) =>
    ports.quiet.shared(() => predictAll(opened, session, candidates, signal)),
  );
  const [answers, confidences] = [answersTo(task, scores), confidencesIn(task, scores)];
  return Array.from(uncertaintiesOf(task, scores, measure), (uncertainty, row) => ({
    recordId: candidates[row]!.recordId,
    uncertainty,
    suggested: String(answers[row]),
    confidence: confidences[row]!,
  }))
    .sort((a, b) => b.uncertainty - a.uncertainty || (a.recordId < b.recordId ? -1 : 1))
    .slice(0, size);
}

const nothingToLabel = ({ includesLabelled }: LabelQueueRequested, task: string) =>
  new EpochlogError(
    'INPUT_EMPTY',
    includesLabelled
      ? `there is no sample of ${task}: collect some`
      : `no record of ${task} lacks a label: ask for those that have one too (--all, includesLabelled)`,
  );

const refusalOf = (error: unknown) =>
  failureOf(error, (cause) =>
    cause instanceof InvalidInput
      ? 'INPUT_UNREADABLE'
      : cause instanceof DOMException && cause.name === 'TimeoutError'
        ? 'CANCELLED'
        : undefined,
  );
