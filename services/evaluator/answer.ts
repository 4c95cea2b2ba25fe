import { createHash } from 'node:crypto';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { EvaluationRequested, EvaluationRequestedExamination } from '../../schemas/events.generated.ts';
import { taskNamed } from '../../tasks/registry.ts';
import type { Computed } from '../../tasks/with-computed.ts';
import { reused } from './again.ts';
import { type Contest, evaluate } from './evaluate.ts';
import {
  readFold,
  readInstances,
  readRecords,
  readTestSplit,
  readTrainingSplit,
  type TrainingSplit,
} from './samples.ts';
import { type Context, knownIn, type State } from './state.ts';

/** The evaluation, or why there cannot be one. */
export async function answer(
  request: EvaluationRequested,
  state: State,
  context: Context,
): Promise<NewEvent[]> {
  const { evaluationId, model, runId } = request;
  const started = performance.now();
  try {
    const key = await state.earlier.keyOf(request, knownIn(state));
    const known = key === undefined ? undefined : await state.earlier.find(key);
    if (key !== undefined && known) {
      await state.packages.open(request.package); // or the evaluation fails, as it would
      return reused(request, key, known, (performance.now() - started) / 1_000);
    }
    const { completed, modelHash } = await measured(request, state, context, started);
    if (key !== undefined) await state.earlier.keep(key, completed, modelHash);
    return [completed];
  } catch (error) {
    return [newEvent('EvaluationFailed', { evaluationId, model, runId, ...failureOf(error) })];
  }
}

/** @param started by the clock of `performance` */
async function measured(
  request: EvaluationRequested,
  state: State,
  context: Context,
  started: number,
): Promise<{ completed: NewEvent<'EvaluationCompleted'>; modelHash: string }> {
  const { evaluationId, model, version, runId, package: digest, datasetId, data, baseline } = request;
  const { includeTraining } = request;
  const source = (computed: Computed) => sourceOf(request, computed, state, context);
  const contest = {
    package: digest,
    baseline,
    source,
    ...(data !== null && { trainingSplit: trainingSplits(state, context) }),
    includeTraining,
    ...(request.examination && {
      examination: examinationOf(request, request.examination, state, context),
    }),
  };
  const { onnx, leftOut, report, ...verdict } = await evaluate(contest, {
    inference: context.inference,
    packages: state.packages,
    quiet: state.quiet,
    metrics: context.settings.metrics,
    limitMs: context.settings.limitSeconds * 1_000,
  });
  const modelHash = createHash('sha256').update(onnx).digest('hex');
  const completed = newEvent('EvaluationCompleted', {
    evaluationId,
    model,
    version,
    runId,
    package: digest,
    modelHash: runId === null ? null : modelHash,
    datasetId,
    data,
    trainingIncluded: includeTraining,
    ...verdict,
    ...leftOut,
    report: await context.artifacts.put(Buffer.from(JSON.stringify(report))),
    seconds: (performance.now() - started) / 1_000,
  });
  return { completed, modelHash };
}

/** What an examination needs of the artifacts. */
function examinationOf(
  { model }: EvaluationRequested,
  asked: EvaluationRequestedExamination,
  state: State,
  { artifacts }: ServiceContext,
): NonNullable<Contest['examination']> {
  const { edgeCases, outside, edgeCasesName, outsideName } = asked;
  const task = () => taskNamed(state.tasks, state.modelTasks.get(model) ?? '');
  const file = async (name: string, digest: string) => ({ name, bytes: await artifacts.get(digest) });
  return {
    asked,
    ...(edgeCases !== null && {
      edgeCases: async (computed) =>
        readRecords(await file(edgeCasesName ?? 'the edge cases', edgeCases), task(), computed),
    }),
    ...(outside !== null && {
      outside: async (computed) =>
        readInstances(await file(outsideName ?? 'the records from outside', outside), task(), computed),
    }),
  };
}

async function sourceOf(
  { model, data, dataName, datasetId, fold }: EvaluationRequested,
  computed: Computed,
  state: State,
  { artifacts }: ServiceContext,
) {
  if (data !== null) {
    const task = taskNamed(state.tasks, state.modelTasks.get(model) ?? '');
    const file = { name: dataName ?? 'the records', bytes: await artifacts.get(data) };
    return readRecords(file, task, computed);
  }
  const artifact = state.datasets.get(datasetId ?? '');
  if (artifact !== undefined)
    return fold ? readFold(artifacts, artifact, fold) : readTestSplit(artifacts, artifact);
  throw new EpochlogError(
    'NOT_FOUND',
    datasetId === null ? 'neither data nor a dataset to measure with' : `no dataset ${datasetId} was sealed`,
  );
}

/** Training splits by the content of their dataset. */
const trainingSplits =
  (state: State, { artifacts }: ServiceContext) =>
  async (contentHash: string): Promise<TrainingSplit | undefined> => {
    const artifact = state.contents.get(contentHash);
    if (artifact === undefined) return undefined;
    if (state.training?.contentHash !== contentHash) {
      state.training = { contentHash, split: await readTrainingSplit(artifacts, artifact) };
    }
    return state.training.split;
  };
