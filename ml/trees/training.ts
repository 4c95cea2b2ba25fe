import { deserialize, serialize } from 'node:v8';
import { type Column, fitColumns, fittedTabular, tableOf } from '../adapters/tabular.ts';
import { fitSigmoidTemperature, probabilitiesOf } from '../calibration/probabilities.ts';
import { fitTemperature } from '../calibration/temperature.ts';
import {
  type EpochReport,
  type EpochStep,
  type ExportedModel,
  runEpochs,
  type TrainedModel,
  type TrainingJob,
} from '../engines/engine.ts';
import { sha256 } from '../hash.ts';
import type { Instance } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { headOf } from '../onnx/heads.ts';
import { exportTrees } from '../onnx/trees.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf } from '../problem.ts';
import { type TreesParameters, treesParameters } from './parameters.ts';
import { directionsOf, rowWeights, withoutColumn } from './rows.ts';
import { startTrees } from './start.ts';
import type { Table } from './table.ts';
import { treeTargets } from './targets.ts';
import { type TrainedTrees, trainTrees } from './train.ts';
import { ensembleScores, type Tree, type TreeEnsemble } from './tree.ts';

/** Trains a model of the engine `trees`. */
export async function train(job: TrainingJob): Promise<TrainedModel> {
  const saved = await job.checkpoint.load();
  const before: readonly Tree[] = saved ? deserialize(saved) : [];
  const parameters = treesParameters.parse(job.parameters);
  const schema = withoutColumn(job.schema, parameters.sampleWeight);
  const start = job.start && startTrees(job.start, job.task, schema, job.train, parameters.groupStatistics);
  const instances = job.train.map(({ instance }) => instance);
  const columns = start?.columns ?? fitColumns(schema, instances, parameters.groupStatistics);
  const given = { job, parameters, columns, start: start?.ensemble };
  const { trees, temperature } = await runEpochs(steps(given, before), job);
  const model: TreesModel = { task: job.task, columns, trees, temperature };
  return {
    epochs: trees.rounds.length,
    bestEpoch: trees.bestRound,
    stoppedEarly: trees.stopped === 'patience',
    predict: async (instances) => predict(model, instances),
    export: () => exported(model),
  };
}

interface TreesModel {
  readonly task: LearningProblem;
  readonly columns: readonly Column[];
  readonly trees: TrainedTrees;
  /** of classification: the log-odds are divided by it */
  readonly temperature: number;
}

/** What is trained, and from where. */
interface Given {
  readonly job: TrainingJob;
  readonly parameters: TreesParameters;
  readonly columns: readonly Column[];
  readonly start: TreeEnsemble | undefined;
}

function* steps(
  { job: { task, train, validation, schema }, parameters, columns, start }: Given,
  before: readonly Tree[],
): Generator<EpochStep, Pick<TreesModel, 'trees' | 'temperature'>> {
  const weightsOf = rowWeights(task, schema, train, parameters);
  const targets = treeTargets(task, [...train, ...validation]);
  const labelled = (examples: readonly Example[]) => ({
    table: tableOf(
      columns,
      examples.map(({ instance }) => instance),
    ),
    targets: targets.of(examples),
    weights: weightsOf(examples),
  });
  const held = validation.length > 0 ? labelled(validation) : undefined;
  const training = trainTrees(labelled(train), held, targets.objective, parameters, {
    before,
    start,
    directions: directionsOf(columns, task, parameters.monotone),
  });
  for (;;) {
    const { done, value } = training.next();
    if (done) return { trees: value, temperature: temperatureOf(task, value, held?.table, validation) };
    const { round, trainLoss, validationLoss, trees } = value;
    if (trees.length <= before.length) continue; // reported before the checkpoint
    const report: EpochReport = {
      epoch: round,
      trainLoss,
      validation: validationOf(task, validationLoss),
      samples: train.length,
    };
    yield { report, state: () => serialize(trees) };
  }
}

/** The loss of regression is half the squared error. */
function validationOf({ type }: LearningProblem, loss: number | undefined): EpochReport['validation'] {
  if (loss === undefined) return {};
  return type === 'regression' ? { rmse: Math.sqrt(2 * loss) } : { logLoss: loss };
}

function temperatureOf(
  task: LearningProblem,
  trees: TrainedTrees,
  held: Table | undefined,
  validation: readonly Example[],
): number {
  if (task.type === 'regression' || !held) return 1;
  const margins = marginsOf(trees, held);
  if (task.type === 'multilabel') return fitSigmoidTemperature(margins, labelSetsOf(validation, task.labels));
  return fitTemperature(margins, classesOf(validation, task.labels));
}

/** One column for each class; of two classes the score is the log-odds of the second. */
function marginsOf(trees: TrainedTrees, table: Table): DenseMatrix {
  const scores = ensembleScores(trees, table);
  if (trees.scores > 1) return { rows: table.rows, columns: trees.scores, values: scores };
  const values = new Float64Array(2 * table.rows);
  for (const [row, score] of scores.entries()) values[2 * row + 1] = score;
  return { rows: table.rows, columns: 2, values };
}

function predict(
  { task, columns, trees, temperature }: TreesModel,
  instances: readonly Instance[],
): DenseMatrix {
  const table = tableOf(columns, instances);
  if (task.type !== 'regression') return probabilitiesOf(task, marginsOf(trees, table), temperature);
  return { rows: table.rows, columns: 1, values: ensembleScores(trees, table) };
}

function exported(model: TreesModel): ExportedModel {
  const { task, columns, trees, temperature } = model;
  const adapter = fittedTabular(columns);
  const nodes = trees.trees.reduce((sum, { feature }) => sum + feature.length, 0);
  return {
    adapter,
    onnx: exportTrees(trees, model, adapter.inputs, { adapter_sha256: sha256(adapter.data) }),
    outputs: headOf(task, temperature, { mean: 0, deviation: 1 }).outputs,
    description: `Gradient boosting of ${trees.trees.length} trees over histograms of ${columns.length} columns. Trained for ${trees.rounds.length} rounds, kept: ${trees.bestRound} (${trees.stopped === 'patience' ? 'validation got no better after it' : 'the most rounds allowed were used'}).`,
    limits: [
      'Beyond the range of the numbers it was trained on it answers as at the end of the range.',
      'Categories that were not seen in training, or too rarely, are one.',
    ],
    details: { trees: trees.trees.length, nodes, ...(task.type !== 'regression' && { temperature }) },
  };
}
