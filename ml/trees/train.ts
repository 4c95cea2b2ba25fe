import { InvalidInput } from '../errors.ts';
import { parseParameters } from '../parameters.ts';
import { applyBins, fitBins } from './bins.ts';
import { type GrownTree, TreeGrower } from './grow.ts';
import type { Derivatives } from './histogram.ts';
import { type Loss, lossOf, type Objective } from './loss.ts';
import { type TreesParameters, treesParameters } from './parameters.ts';
import { checkTable, type Table } from './table.ts';
import { addValues, ensembleScores, type Tree, type TreeEnsemble, treeValues } from './tree.ts';

export interface LabelledTable {
  readonly table: Table;
  /** one for each row: a number, or the column of a class */
  readonly targets: Float64Array;
}

export interface RoundReport {
  readonly round: number;
  readonly trainLoss: number;
  readonly validationLoss?: number;
}

/** A round, and all trees so far. */
export interface Round extends RoundReport {
  readonly trees: readonly Tree[];
}

export interface TrainedTrees extends TreeEnsemble {
  readonly rounds: readonly RoundReport[];
  /** the round after which nothing was better on validation; the last one without validation */
  readonly bestRound: number;
  readonly stopped: 'patience' | 'max-rounds';
}

/** By less than this a loss has not fallen. */
const TOLERANCE = 1e-7;

/**
 * Gradient boosting over histograms (Friedman 2001; LightGBM, NeurIPS 2017), as scikit-learn's HistGradientBoosting with
 * its defaults. Yields after every round; the ensemble returned ends with the round of the least validation loss. The
 * same data gives the same trees, bit for bit: nothing is drawn at random. `before` are the trees of rounds already
 * done on the same data with the same parameters: training goes on after them as if it had never stopped.
 *
 * @throws InvalidInput `table`, `targets`, `parameter` or `no-samples`
 */
export function* trainTrees(
  train: LabelledTable,
  validation: LabelledTable | undefined,
  objective: Objective,
  given: Partial<TreesParameters> = {},
  before: readonly Tree[] = [],
): Generator<Round, TrainedTrees> {
  const parameters = parseParameters(treesParameters, given, 'trees');
  const boosting = new Boosting(train, validation, objective, parameters, before);
  const rounds: RoundReport[] = [];
  let best = { round: 0, loss: Infinity };
  for (let round = 1; round <= parameters.maxRounds && round - best.round <= parameters.patience; round++) {
    boosting.addRound();
    const report = { round, ...boosting.losses() };
    rounds.push(report);
    const measured = report.validationLoss ?? -round; // without validation the last round is the best
    if (measured < best.loss - TOLERANCE) best = { round, loss: measured };
    yield { ...report, trees: boosting.trees };
  }
  return {
    ...boosting.ensemble(best.round),
    rounds,
    bestRound: best.round,
    stopped: rounds.length - best.round >= parameters.patience ? 'patience' : 'max-rounds',
  };
}

/** The trees so far, and the scores they give to the rows of both tables. */
class Boosting {
  readonly #loss: Loss;
  readonly #base: Float64Array;
  readonly #train: LabelledTable;
  readonly #validation: LabelledTable | undefined;
  readonly #trainScores: Float64Array;
  readonly #validationScores: Float64Array;
  readonly #before: readonly Tree[];
  readonly #grower: TreeGrower;
  readonly #derivatives: Derivatives;
  readonly #trees: Tree[] = [];

  constructor(
    train: LabelledTable,
    validation: LabelledTable | undefined,
    objective: Objective,
    parameters: TreesParameters,
    before: readonly Tree[],
  ) {
    this.#loss = lossOf(objective, checkedTargets(train));
    if (validation) lossOf(objective, checkedTargets(validation));
    if (train.table.rows === 0) throw new InvalidInput('no-samples', 'there are no rows to train on');
    this.#base = this.#loss.base(train.targets);
    this.#train = train;
    this.#validation = validation && validation.table.rows > 0 ? validation : undefined;
    this.#trainScores = ensembleScores(this.ensemble(0), train.table);
    this.#validationScores = validation
      ? ensembleScores(this.ensemble(0), validation.table)
      : new Float64Array();
    this.#before = before;
    this.#grower = new TreeGrower(applyBins(train.table, fitBins(train.table)), parameters);
    const { rows } = train.table;
    this.#derivatives = {
      gradients: new Float64Array(rows),
      hessians: new Float64Array(this.#loss.constantHessian ? 0 : rows),
    };
  }

  /** One tree for each score; all are derived from the scores before the round. */
  addRound(): void {
    const { scores } = this.#loss;
    const start = scores === 1 ? this.#trainScores : this.#trainScores.slice();
    for (let score = 0; score < scores; score++) {
      const { tree, values } = this.#known() ?? this.#grow(start, score);
      this.#trees.push(tree);
      addValues(this.#trainScores, scores, score, values);
      if (this.#validation) {
        addValues(this.#validationScores, scores, score, treeValues(tree, this.#validation.table));
      }
    }
  }

  losses(): Omit<RoundReport, 'round'> {
    const trainLoss = this.#loss.mean(this.#trainScores, this.#train.targets);
    if (!this.#validation) return { trainLoss };
    return { trainLoss, validationLoss: this.#loss.mean(this.#validationScores, this.#validation.targets) };
  }

  /** The trees of all rounds. */
  get trees(): readonly Tree[] {
    return [...this.#trees];
  }

  /** The trees of the first rounds. */
  ensemble(rounds: number): TreeEnsemble {
    const { scores } = this.#loss;
    return { scores, base: this.#base, trees: this.#trees.slice(0, rounds * scores) };
  }

  #known(): GrownTree | undefined {
    const tree = this.#before[this.#trees.length];
    return tree && { tree, values: treeValues(tree, this.#train.table) };
  }

  #grow(scores: Float64Array, score: number): GrownTree {
    this.#loss.derive(scores, this.#train.targets, score, this.#derivatives);
    return this.#grower.grow(this.#derivatives);
  }
}

function checkedTargets({ table, targets }: LabelledTable): Float64Array {
  checkTable(table);
  if (targets.length === table.rows) return targets;
  throw new InvalidInput('targets', `${targets.length} targets for ${table.rows} rows`);
}
