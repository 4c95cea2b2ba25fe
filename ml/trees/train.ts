import { InvalidInput } from '../errors.ts';
import { parseParameters } from '../parameters.ts';
import { assertFiniteEpoch } from '../training/diverged.ts';
import { isBetter, isOver, NO_EPOCH, type StoppingRule } from '../training/early-stopping.ts';
import { applyBins, fitBins } from './bins.ts';
import { TreeGrower } from './grow.ts';
import type { Derivatives } from './histogram.ts';
import { type Loss, lossOf, type Objective, weigh } from './loss.ts';
import { type TreesParameters, treesParameters } from './parameters.ts';
import { checkTable, type Table } from './table.ts';
import { addTree, baseScores, type Tree, type TreeEnsemble } from './tree.ts';

export interface LabelledTable {
  readonly table: Table;
  /** one for each row: a number, or the column of a class */
  readonly targets: Float64Array;
  /** how much each row counts; none: alike */
  readonly weights?: Float64Array | undefined;
}

/** What a training goes on from, and what binds it. */
export interface TrainingOptions {
  /** trees of rounds already done on the same data with the same parameters: it goes on as if it had never stopped */
  readonly before?: readonly Tree[];
  /** what the trees are added to, instead of a constant */
  readonly start?: TreeEnsemble | undefined;
  /** see `SplitLimits` */
  readonly directions?: Int8Array | undefined;
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

/**
 * Gradient boosting over histograms (Friedman 2001; LightGBM, NeurIPS 2017), as scikit-learn's HistGradientBoosting with
 * its defaults. Yields after every round; the ensemble returned ends with the round of the least validation loss. The
 * same data gives the same trees, bit for bit: nothing is drawn at random.
 *
 * @throws InvalidInput `table`, `targets`, `parameter` or `no-samples`
 */
export function* trainTrees(
  train: LabelledTable,
  validation: LabelledTable | undefined,
  objective: Objective,
  given: Partial<TreesParameters> = {},
  options: TrainingOptions = {},
): Generator<Round, TrainedTrees> {
  const parameters = parseParameters(treesParameters, given, 'trees');
  const boosting = new Boosting(train, validation, objective, parameters, options);
  const rounds: RoundReport[] = [];
  const rule: StoppingRule = { ...parameters, monitor: 'validationLoss', mode: 'min' };
  let best = NO_EPOCH;
  for (let round = 1; round <= parameters.maxRounds && !isOver(rule, round - 1, best); round++) {
    boosting.addRound();
    const report = { round, ...boosting.losses() };
    const losses = rounds.map(({ trainLoss }) => trainLoss);
    assertFiniteEpoch({ epoch: round, trainLoss: report.trainLoss }, losses, report.validationLoss);
    rounds.push(report);
    const value = report.validationLoss ?? -round; // without validation the last round is the best
    if (isBetter(rule, value, best)) best = { epoch: round, value };
    yield { ...report, trees: boosting.trees };
  }
  return {
    ...boosting.ensemble(best.epoch),
    rounds,
    bestRound: best.epoch,
    stopped: isOver(rule, rounds.length, best) ? 'patience' : 'max-rounds',
  };
}

/** Rows, with the scores that the trees so far give them, and the derivatives at these by each of the scores. */
interface Scored extends LabelledTable {
  readonly scores: Float64Array;
  readonly derivatives: readonly Derivatives[];
}

/** The trees so far, and what they say of the rows of both tables. */
class Boosting {
  readonly #loss: Loss;
  readonly #start: TreeEnsemble;
  /** of the rows to train on, followed by those held back: both go through a tree as it grows */
  readonly #scores: Float64Array;
  readonly #train: Scored;
  readonly #held: Scored | undefined;
  readonly #before: readonly Tree[];
  readonly #grower: TreeGrower;
  readonly #trees: Tree[] = [];
  #trainLoss: number;

  constructor(
    train: LabelledTable,
    validation: LabelledTable | undefined,
    objective: Objective,
    parameters: TreesParameters,
    { before = [], start, directions }: TrainingOptions,
  ) {
    this.#loss = lossOf(objective, checkedTargets(train));
    if (validation) lossOf(objective, checkedTargets(validation));
    if (train.table.rows === 0) throw new InvalidInput('no-samples', 'there are no rows to train on');
    const held = validation && validation.table.rows > 0 ? validation : undefined;
    const tables = held ? [train.table, held.table] : [train.table];
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    this.#start = start ?? {
      scores: this.#loss.scores,
      base: this.#loss.base(train.targets, train.weights),
      trees: [],
    };
    this.#scores = baseScores(this.#start.base, rows);
    this.#train = this.#scored(train, 0);
    this.#held = held && this.#scored(held, train.table.rows);
    this.#before = before;
    for (const [at, tree] of this.#start.trees.entries()) this.#addScores(tree, at % this.#loss.scores);
    this.#grower = new TreeGrower(
      applyBins(tables, fitBins(train.table)),
      train.table.rows,
      this.#loss.constantHessian && !train.weights,
      { ...parameters, directions },
    );
    this.#trainLoss = this.#derive(this.#train);
  }

  /** One tree for each score; all are grown from the derivatives at the scores before the round. */
  addRound(): void {
    const stride = this.#loss.scores;
    for (let offset = 0; offset < stride; offset++) {
      const known = this.#before[this.#trees.length];
      if (known) this.#addKnown(known, offset);
      else {
        const scores = { values: this.#scores, stride, offset };
        this.#trees.push(this.#grower.grow(this.#train.derivatives[offset]!, scores));
      }
    }
    this.#trainLoss = this.#derive(this.#train);
  }

  losses(): Omit<RoundReport, 'round'> {
    const trainLoss = this.#trainLoss;
    return this.#held ? { trainLoss, validationLoss: this.#derive(this.#held) } : { trainLoss };
  }

  /** The trees of all rounds, without those that it started with. */
  get trees(): readonly Tree[] {
    return [...this.#trees];
  }

  /** The trees of the first rounds. */
  ensemble(rounds: number): TreeEnsemble {
    const { scores } = this.#loss;
    const { base, trees } = this.#start;
    return { scores, base, trees: [...trees, ...this.#trees.slice(0, rounds * scores)] };
  }

  #scored(labelled: LabelledTable, firstRow: number): Scored {
    const { scores: stride, constantHessian } = this.#loss;
    const { rows } = labelled.table;
    const derivatives = Array.from({ length: stride }, () => ({
      gradients: new Float64Array(rows),
      hessians: new Float64Array(constantHessian && !labelled.weights ? 0 : rows),
    }));
    const scores = this.#scores.subarray(firstRow * stride, (firstRow + rows) * stride);
    return { ...labelled, scores, derivatives };
  }

  #derive({ scores, targets, derivatives, weights }: Scored): number {
    const loss = this.#loss.derive(scores, targets, derivatives);
    return weights ? weigh(this.#loss, targets, weights, derivatives) : loss;
  }

  #addKnown(tree: Tree, offset: number): void {
    this.#addScores(tree, offset);
    this.#trees.push(tree);
  }

  #addScores(tree: Tree, offset: number): void {
    const stride = this.#loss.scores;
    addTree(tree, this.#train.table, { values: this.#train.scores, stride, offset });
    if (this.#held) addTree(tree, this.#held.table, { values: this.#held.scores, stride, offset });
  }
}

function checkedTargets({ table, targets, weights }: LabelledTable): Float64Array {
  checkTable(table);
  if (weights && !weights.every((weight) => weight >= 0 && weight < Infinity))
    throw new InvalidInput('table', 'a weight of a row is no number from 0 on');
  if (targets.length === table.rows) return targets;
  throw new InvalidInput('targets', `${targets.length} targets for ${table.rows} rows`);
}
