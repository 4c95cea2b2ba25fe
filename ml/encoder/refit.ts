import { fitTemperature } from '../calibration/temperature.ts';
import { type Fold, kFolds, stratifiedFolds } from '../dataset/folds.ts';
import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type Example } from '../problem.ts';
import { type Blend, chooseBlend, logProbabilities } from './blend.ts';
import {
  classTargets,
  type EncoderData,
  fitFrozen,
  linearParametersOf,
  type TextModel,
  textMargins,
  trainText,
} from './halves.ts';
import { type Head, headMargins, type TrainedHead } from './head.ts';
import { encoderCost } from './parameters.ts';

/** How a half is fitted to all examples: for so long, and what its margins are divided by then. */
type HalfChoice = Pick<TrainedHead, 'bestEpoch' | 'temperature'>;

/** What is chosen before both halves are fitted to the training and the validation examples. */
export interface Choice {
  readonly head: HalfChoice;
  readonly linear: (HalfChoice & { readonly blend: Blend }) | undefined;
}

/** Of an encoder that stays as it is: the data, and the embeddings of its training examples and then of the validation ones. */
export interface RefitData {
  readonly data: EncoderData;
  readonly embeddings: DenseMatrix;
}

/** What is chosen by cross-validation, with the scores that it had of each example: by models that have not seen it. */
export interface FoldChoice extends Choice {
  /** logarithms of probabilities, at the temperature */
  readonly scores: DenseMatrix;
}

const allOf = ({ train, validation }: EncoderData): readonly Example[] => [...train, ...validation];

/**
 * Chooses temperatures, share and threshold by cross-validation of the training and the validation examples, on the margins of
 * each by models of the other folds; for the epochs the middle of those that were best on a fold. Yields now and then, so that
 * it can be stopped.
 */
export function* chooseByFolds({ data, embeddings }: RefitData): Generator<undefined, FoldChoice> {
  const { parameters, task, seed } = data;
  const all = allOf(data);
  const labels = classesOf(all, task.type === 'classification' ? task.labels : []);
  const [heads, texts] = [new OutOfFold(), new OutOfFold()];
  for (const { train, test } of foldsOf(labels, parameters.folds, seed)) {
    const [own, held] = [train, test].map((rows) => Array.from(rows, (row) => all[row]!));
    if (parameters.blend) {
      const model = yield* fitText(data, own!, held!);
      const instances = held!.map(({ instance }) => instance);
      texts.add(test, textMargins(model, instances), model.bestEpoch);
    }
    const [seen, unseen] = [train, test].map((rows) => rowsOf(embeddings, rows));
    const head = yield* fitHead(data, { train: seen!, validation: unseen! }, own!, held!);
    heads.add(test, headMargins(unseen!, head), head.bestEpoch);
  }
  const head = heads.choice(labels);
  if (!parameters.blend) return { head, linear: undefined, scores: head.logs };
  const text = texts.choice(labels);
  const { blend, scores } = chooseBlend(text.logs, head.logs, labels, parameters);
  return { head, linear: { ...text, blend }, scores };
}

/** Fits both halves to the training and the validation examples. Yields now and then, so that it can be stopped. */
export function* fitAgain(
  { data, embeddings }: RefitData,
  choice: Choice,
): Generator<undefined, { readonly head: Head; readonly linear: TextModel | undefined }> {
  const all = allOf(data);
  const { head, linear } = choice;
  const text = linear && (yield* fitText(data, all, [], linear.bestEpoch));
  const none = { ...embeddings, rows: 0, values: new Float32Array() };
  const scores = yield* fitHead(data, { train: embeddings, validation: none }, all, [], head.bestEpoch);
  return {
    head: { ...scores, temperature: head.temperature },
    linear: text && { ...text, temperature: linear.temperature },
  };
}

/** @param epochs at most, instead of those of the parameters */
function fitText(
  data: EncoderData,
  train: readonly Example[],
  validation: readonly Example[],
  epochs?: number,
): Generator<undefined, TextModel> {
  const parameters = { ...linearParametersOf(data.parameters), ...(epochs && { maxEpochs: epochs }) };
  return silently(trainText({ ...data, train, validation, parameters }));
}

function fitHead(
  data: EncoderData,
  embeddings: { readonly train: DenseMatrix; readonly validation: DenseMatrix },
  train: readonly Example[],
  validation: readonly Example[],
  epochs?: number,
): Generator<undefined, TrainedHead> {
  const c = encoderCost(data.parameters, train.length);
  const parameters = { ...linearParametersOf(data.parameters), c, ...(epochs && { maxEpochs: epochs }) };
  const targets = classTargets(data, train, validation);
  return silently(fitFrozen(embeddings, targets, parameters, data.seed));
}

/** What a fit gives, without its reports. */
function* silently<Fit>(fitting: Generator<unknown, Fit>): Generator<undefined, Fit> {
  for (;;) {
    const { done, value } = fitting.next();
    if (done) return value;
    yield;
  }
}

/** Each class spread evenly, where each has an example for each fold. */
function foldsOf(labels: Int32Array, folds: number, seed: number): readonly Fold[] {
  const counts = Map.groupBy(labels, (label) => label).values();
  const isStratified = [...counts].every(({ length }) => length >= folds);
  return isStratified ? stratifiedFolds([...labels], folds, seed) : kFolds(labels.length, folds, seed);
}

/** The margins of each example by a model that has not seen it. */
class OutOfFold {
  readonly #margins: (readonly [rows: Int32Array, margins: DenseMatrix])[] = [];
  readonly #epochs: number[] = [];

  add(rows: Int32Array, margins: DenseMatrix, epoch: number): void {
    this.#margins.push([rows, margins]);
    this.#epochs.push(epoch);
  }

  choice(labels: Int32Array): HalfChoice & { readonly logs: DenseMatrix } {
    const { columns } = this.#margins[0]![1];
    const values = new Float64Array(labels.length * columns);
    for (const [rows, margins] of this.#margins) {
      for (const [at, row] of rows.entries()) {
        values.set(margins.values.subarray(at * columns, (at + 1) * columns), row * columns);
      }
    }
    const all = { rows: labels.length, columns, values };
    const temperature = fitTemperature(all, labels);
    const sorted = this.#epochs.toSorted((a, b) => a - b);
    return {
      temperature,
      bestEpoch: sorted[Math.floor(sorted.length / 2)]!,
      logs: logProbabilities(all, temperature),
    };
  }
}

function rowsOf({ columns, values }: DenseMatrix, rows: Int32Array): DenseMatrix {
  const own = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries()) {
    own.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  }
  return { rows: rows.length, columns, values: own };
}
