import { createHash } from 'node:crypto';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import {
  type NewEvent,
  newEvent,
  type RecordedEvent,
  reactorService,
  type ServiceContext,
} from '../../schemas/catalogue.ts';
import type { EvaluationRequested, EvaluationRequestedExamination } from '../../schemas/events.generated.ts';
import { type Decision, decisionOf, laterOf, PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, taskNamed, withDeclared } from '../../tasks/registry.ts';
import { Ahead } from './ahead.ts';
import { type Contest, evaluate } from './evaluate.ts';
import { rankForLabels } from './label-queue.ts';
import { Packages } from './packages.ts';
import { Quiet } from './quiet.ts';
import {
  readFold,
  readInstances,
  readRecords,
  readTestSplit,
  readTrainingSplit,
  type TrainingSplit,
} from './samples.ts';
import { type EvaluatorSettings, settings } from './settings.ts';

type Context = ServiceContext<EvaluatorSettings>;

/** What evaluations are made with: the datasets there are, and the version that a new one has to beat. */
interface State {
  /** artifact by dataset */
  datasets: Map<string, string>;
  /** artifact by content hash */
  contents: Map<string, string>;
  /** of the dataset that was asked for last: a version is measured on many records, one file after another */
  training?: { contentHash: string; split: TrainingSplit };
  /** by model, the last one about production */
  decisions: Map<string, Decision>;
  /** by model */
  modelTasks: Map<string, string>;
  tasks: Tasks;
  readonly packages: Packages;
  readonly quiet: Quiet;
  /** declarations of tasks so far */
  tasksVersion: number;
}

const EVALUATOR = 'evaluator';
const shipped = await loadTasks();

function evolve(state: State, event: RecordedEvent): void {
  const { datasets, contents, decisions, modelTasks } = state;
  switch (event.type) {
    case 'DatasetSealed':
      datasets.set(event.data.datasetId, event.data.artifact);
      contents.set(event.data.contentHash, event.data.artifact);
      modelTasks.set(event.data.model, event.data.task);
      break;
    case 'ModelDeclared':
      modelTasks.set(event.data.model, event.data.task);
      break;
    case 'TaskDeclared':
      state.tasksVersion += 1;
      state.tasks = withDeclared(state.tasks, shipped, event.data);
      break;
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const { model } = event.data;
      decisions.set(model, laterOf(decisions.get(model), decisionOf(event)));
    }
  }
}

/** The version in production, as a baseline. */
function baselineFor(model: string, { decisions }: State): EvaluationRequested['baseline'] {
  const production = decisions.get(model)?.production;
  return production ? { version: production.version, package: production.package } : null;
}

/**
 * Measures every package that a training made on the test split of its dataset, beside the version in production; and
 * any package on any labelled records, when asked. Also says which samples a version is least certain of, for people to label.
 */
export const service = reactorService({
  name: EVALUATOR,
  settings,
  reactsTo: ['TrainingCompleted', 'EvaluationRequested', 'LabelQueueRequested'],
  stateFrom: [...PRODUCTION_FACTS, 'DatasetSealed', 'ModelDeclared', 'TaskDeclared'],
  start(context) {
    const state: State = {
      datasets: new Map(),
      contents: new Map(),
      decisions: new Map(),
      modelTasks: new Map(),
      tasks: shipped,
      packages: new Packages(context.artifacts),
      quiet: new Quiet(),
      tasksVersion: 0,
    };
    const { atOnce } = context.settings;
    const ahead = new Ahead(
      atOnce,
      (request) => answer(request, state, context),
      (request) => inputsOf(request, state),
    );
    const stopped = new AbortController();
    let following: Promise<void> | undefined;
    return {
      evolve: (event) => evolve(state, event),
      async restored() {
        if (atOnce === 1) return;
        const signal = AbortSignal.any([context.signal, stopped.signal]);
        following = ahead.follow(context, EVALUATOR, signal).catch((error: unknown) => {
          if (!signal.aborted)
            context.logger.warn({ err: error }, 'evaluations are made one after the other from now on');
        });
      },
      async stop() {
        stopped.abort();
        await following;
      },
      on: {
        LabelQueueRequested: async ({ data }) => [
          await rankForLabels(data, state.modelTasks.get(data.model), {
            ...{ inference: context.inference, events: context.events },
            ...{ packages: state.packages, quiet: state.quiet },
            limitMs: context.settings.limitSeconds * 1_000,
          }),
        ],
        EvaluationRequested: async ({ data, offset }) => [await ahead.take(offset, data)],
        TrainingCompleted: async ({ data }) => {
          const { runId, model, package: digest, datasetId, searchId, reproduces } = data;
          if (searchId !== null || reproduces !== null) return []; // a trial is judged on the validation split; the test split is for versions
          const request: EvaluationRequested = {
            evaluationId: `${runId}-test`,
            model,
            version: null,
            runId,
            package: digest,
            datasetId,
            data: null,
            dataName: null,
            baseline: baselineFor(model, state),
            includeTraining: false,
            examination: null,
            fold: null,
            requestedBy: EVALUATOR,
          };
          return [await answer(request, state, context)];
        },
      },
    };
  },
});

/** What an evaluation is made of besides its request: when it has changed, the evaluation is another one. */
const inputsOf = ({ datasetId, data, model }: EvaluationRequested, state: State): string =>
  JSON.stringify([
    state.datasets.get(datasetId ?? ''),
    state.modelTasks.get(model),
    state.tasksVersion,
    data === null ? 0 : state.contents.size,
  ]);

/** The evaluation, or why there cannot be one. */
async function answer(request: EvaluationRequested, state: State, context: Context): Promise<NewEvent> {
  const { evaluationId, model, version, runId, package: digest, datasetId, data, baseline } = request;
  const { includeTraining } = request;
  const started = performance.now();
  try {
    const source = () => sourceOf(request, state, context);
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
    if (leftOut.unknownTarget + leftOut.unreadable > 0) {
      context.logger.warn({ evaluationId, ...leftOut }, 'records were left out of an evaluation');
    }
    return newEvent('EvaluationCompleted', {
      evaluationId,
      model,
      version,
      runId,
      package: digest,
      modelHash: runId === null ? null : createHash('sha256').update(onnx).digest('hex'),
      datasetId,
      data,
      trainingIncluded: includeTraining,
      ...verdict,
      report: await context.artifacts.put(Buffer.from(JSON.stringify(report))),
      seconds: (performance.now() - started) / 1_000,
    });
  } catch (error) {
    return newEvent('EvaluationFailed', { evaluationId, model, runId, ...failureOf(error) });
  }
}

/** What an examination needs of the artifacts. */
function examinationOf(
  { model }: EvaluationRequested,
  asked: EvaluationRequestedExamination,
  state: State,
  { artifacts }: ServiceContext,
): NonNullable<Contest['examination']> {
  const { edgeCases, outside } = asked;
  const task = () => taskNamed(state.tasks, state.modelTasks.get(model) ?? '');
  const file = async (name: string, digest: string) => ({ name, bytes: await artifacts.get(digest) });
  return {
    asked,
    ...(edgeCases !== null && {
      edgeCases: async () => readRecords(await file('the edge cases', edgeCases), task()),
    }),
    ...(outside !== null && {
      outside: async () => readInstances(await file('the records from outside', outside), task()),
    }),
  };
}

async function sourceOf(
  { model, data, dataName, datasetId, fold }: EvaluationRequested,
  state: State,
  { artifacts }: ServiceContext,
) {
  if (data !== null) {
    const task = taskNamed(state.tasks, state.modelTasks.get(model) ?? '');
    return readRecords({ name: dataName ?? 'the records', bytes: await artifacts.get(data) }, task);
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
