import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted, EvaluationRequested } from '../../schemas/events.generated.ts';
import { hashOfCode } from '../../tasks/code.ts';
import { type CachedStep, type StepCache, stepCacheOf, stepKey } from '../../tasks/step-cache.ts';
import type { Packages } from './packages.ts';
import type { EvaluatorSettings } from './settings.ts';

type Context = ServiceContext<EvaluatorSettings>;

/** What follows from the inputs of an evaluation, and not from who asked for it. */
export type Measures = Omit<
  EvaluationCompleted,
  'evaluationId' | 'model' | 'version' | 'runId' | 'package' | 'datasetId' | 'data' | 'modelHash' | 'seconds'
> & { readonly modelHash: string };

/** Where an evaluation finds its samples, and what it knows of those that were learnt from. */
export interface Known {
  /** artifact of a dataset */
  dataset(datasetId: string): string | undefined;
  /** artifact of the dataset with a content hash */
  content(contentHash: string): string | undefined;
  /** the task of a model, as it is declared now */
  taskOf(model: string): { readonly task: string; readonly version: string | undefined };
  readonly packages: Packages;
}

/** besides that of ml/ and tasks/ */
const CODE = ['services/evaluator', 'schemas/evaluations'];

/** Results of evaluations that stand for later ones with the same inputs and code. */
export class EarlierEvaluations {
  readonly #context: Context;
  readonly #steps: StepCache;

  constructor(context: Context) {
    this.#context = context;
    this.#steps = stepCacheOf(context.settings);
  }

  /**
   * The key of what an evaluation is made of; undefined where another one may not stand for it: where that is not asked for, its
   * samples are not known, or metrics of the user are measured, whose code may be anywhere.
   */
  async keyOf(request: EvaluationRequested, known: Known): Promise<string | undefined> {
    const { metrics } = this.#context.settings;
    const { reuse, model, package: digest, baseline, datasetId, data, fold, includeTraining } = request;
    const dataset = datasetId === null ? undefined : known.dataset(datasetId);
    if (!reuse || metrics !== undefined || (data === null && dataset === undefined)) return undefined;
    return stepKey({
      step: 'evaluation',
      code: hashOfCode(CODE),
      ...{ package: digest, baseline, fold, includeTraining, examination: request.examination },
      ...(data === null
        ? { dataset }
        : { data, task: known.taskOf(model), learnt: await learntFrom(request, known) }),
      // edge cases and records from outside are read as the task says
      ...(request.examination && { examined: known.taskOf(model) }),
    });
  }

  /** An earlier evaluation with that key, whose report is there as it was. */
  async find(key: string): Promise<CachedStep<Measures> | undefined> {
    const { artifacts, clock } = this.#context;
    const found = await this.#steps.get<Measures>(key, clock.now());
    if (!found) return undefined;
    const { report } = found.result;
    return report === null || (await artifacts.has(report)) ? found : undefined;
  }

  /** Keeps a result; where it cannot, the next evaluation measures. */
  async keep(key: string, completed: NewEvent<'EvaluationCompleted'>, modelHash: string): Promise<void> {
    const { evaluationId: id, model, version, runId, package: of, datasetId, data, ...rest } = completed.data;
    const { seconds, ...measures } = rest;
    const at = this.#context.clock.now();
    const result: Measures = { ...measures, modelHash };
    try {
      await this.#steps.put(key, { step: 'evaluation', id, model, seconds, at, result });
    } catch (error) {
      this.#context.logger.warn(
        { evaluationId: id, err: error },
        'the result of an evaluation is not kept for later ones',
      );
    }
  }
}

/** The events of an evaluation that an earlier one stands for; that is its own where it was killed after it was kept. */
export function reused(
  request: EvaluationRequested,
  key: string,
  { id: reusedFrom, seconds: savedSeconds, result }: CachedStep<Measures>,
  seconds: number,
): NewEvent[] {
  const { evaluationId, model, version, runId, package: digest, datasetId, data } = request;
  const modelHash = runId === null ? null : result.modelHash;
  const about = { evaluationId, model, version, runId, package: digest, datasetId, data };
  const completed = newEvent('EvaluationCompleted', { ...result, ...about, modelHash, seconds });
  if (reusedFrom === evaluationId) return [completed];
  const fact = { evaluationId, model, reusedFrom, stepKey: key, savedSeconds };
  return [newEvent('EvaluationReused', fact), completed];
}

/** Datasets that the packages were trained on, as far as they are known: of records in them an evaluation says so. */
async function learntFrom(
  { package: digest, baseline }: EvaluationRequested,
  { packages, content }: Known,
): Promise<(string | null)[]> {
  const learnt: (string | null)[] = [];
  for (const of of baseline ? [digest, baseline.package] : [digest]) {
    const { trainedOn } = await packages.open(of);
    learnt.push(trainedOn === undefined ? null : (content(trainedOn) ?? null));
  }
  return learnt;
}
