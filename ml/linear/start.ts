import { parseColumns } from '../adapters/tabular.ts';
import { blocksIn } from '../adapters/tfidf.ts';
import type { StartVersion } from '../engines/engine.ts';
import { parseFeatures, type TextFeaturiser } from '../features/features-file.ts';
import { termsIn } from '../features/vocabulary.ts';
import { readConstants } from '../onnx/constants.ts';
import { cannotStart, openStart } from '../package/start.ts';
import type { ModelPackage } from '../package/validate.ts';
import type { LearningProblem } from '../problem.ts';
import type { TextBlock } from '../text/weighted.ts';
import type { Standard } from './standard.ts';
import { featuresOf, keysOf, type TableEncoder } from './table.ts';
import type { TextEncoder } from './text.ts';

/** What the weights are for. */
interface New {
  readonly task: LearningProblem;
  readonly encoder: TextEncoder | TableEncoder;
  readonly standard: Standard;
}

/** Weights of an earlier version by its own features and scores; how its features are those of the new one. */
export interface Old {
  readonly scores: number;
  readonly bias: Float32Array;
  /** of a feature, the weights of all scores; undefined where it has none */
  weightsOf(feature: number): Float32Array | undefined;
  readonly constants: ReadonlyMap<string, Float32Array | Int32Array>;
}

/** The features of an earlier version that those of a new encoder were. @throws InvalidInput `start` */
export const featureLinks = (
  opened: ModelPackage,
  encoder: TextEncoder | TableEncoder,
  version: string,
): (Link | undefined)[] =>
  encoder.kind === 'text' ? textLinks(opened, encoder, version) : tableLinks(opened, encoder);

/** A new feature is an old one: it counts `factor` times as much, and its weight moves the bias by `shift` times itself. */
interface Link {
  readonly old: number;
  readonly factor: number;
  readonly shift: number;
}

/**
 * The weights that a training starts from: those of an earlier version, of the terms, columns, categories and labels that
 * both have; 0 for what is new. What is gone is gone.
 *
 * @throws InvalidInput `start` when the two have another task, engine, blocks of texts or hashes, or no label in common
 */
export function startWeights(start: StartVersion, { task, encoder, standard }: New): Float32Array {
  const opened = openStart(start, 'linear', task);
  const old = weightsIn(opened);
  const links = featureLinks(opened, encoder, start.version);
  const scores = scoreLinks(opened.signature.task, task, start.version);
  const weights = new Float32Array((encoder.columns + 1) * scores.length);
  const bias = encoder.columns * scores.length;
  for (const [score, from] of scores.entries()) if (from >= 0) weights[bias + score] = old.bias[from]!;
  for (const [feature, link] of links.entries()) {
    const known = link && old.weightsOf(link.old);
    if (!known) continue;
    for (const [score, from] of scores.entries()) {
      if (from < 0) continue;
      weights[feature * scores.length + score] = known[from]! * link.factor;
      weights[bias + score]! += known[from]! * link.shift;
    }
  }
  return task.type === 'regression' ? restandardised(weights, bias, old, standard) : weights;
}

/** The weights in a package of a linear model. */
export function weightsIn({ onnx }: Pick<ModelPackage, 'onnx'>): Old {
  const constants = readConstants(onnx);
  const [weights, bias, rowOf] = [
    constants.get('weights')!,
    constants.get('bias')!,
    constants.get('row_of_feature'),
  ];
  const scores = bias.length;
  return {
    scores,
    bias: Float32Array.from(bias),
    constants,
    weightsOf(feature) {
      const row = rowOf?.[feature] ?? feature;
      return Float32Array.from(weights.subarray(row * scores, (row + 1) * scores));
    },
  };
}

/** Of each score, which one it was; −1 for a new label. @throws InvalidInput `start` when none was known */
export function scoreLinks(before: LearningProblem, task: LearningProblem, version: string): number[] {
  if (before.type === 'regression' || task.type === 'regression') return [0];
  const links = task.labels.map((label) => before.labels.indexOf(label));
  if (links.some((from) => from >= 0)) return links;
  const [ours, theirs] = [task.labels, before.labels].map((labels) => labels.slice(0, 5).join(', '));
  throw cannotStart(
    version,
    `it has no label in common with the data: it knows ${theirs}, and there are ${ours}`,
  );
}

function textLinks(
  { signature, adapterData }: ModelPackage,
  encoder: TextEncoder,
  version: string,
): (Link | undefined)[] {
  const before = blocksIn(signature.adapter, signature.instance);
  const featurisers = parseFeatures(adapterData);
  const [ours, theirs] = [encoder.blocks, before].map((blocks) => blocks.map(namesOf).join('; '));
  if (ours !== theirs)
    throw cannotStart(version, `its texts are ${theirs}, and those of this training ${ours}`);
  let first = 0;
  return encoder.blocks.flatMap((block, at) => {
    const featuriser = featurisers[at]!;
    const start = first;
    first += featuriser.columns;
    const factor = before[at]!.weight / block.weight;
    return Array.from(termLinks(featuriser, block.featuriser, version), (old) =>
      old < 0 ? undefined : { old: start + old, factor, shift: 0 },
    );
  });
}

const namesOf = ({ fields }: TextBlock): string => fields.map(({ name }) => name).join(' and ');

/** Of each term, which one it was; −1 for a new one. */
function termLinks(before: TextFeaturiser, now: TextFeaturiser, version: string): Int32Array {
  if (before.kind === 'exact' && now.kind === 'exact') return termsIn(before.vocabulary, now.vocabulary);
  if (before.columns === now.columns && before.kind === now.kind)
    return Int32Array.from({ length: now.columns }, (_, feature) => feature);
  const [theirs, ours] = [before, now].map((featuriser) =>
    featuriser.kind === 'hashed' ? `hashing ${featuriser.options.bits}` : 'a vocabulary',
  );
  throw cannotStart(version, `it has ${theirs}, and this training ${ours}`);
}

/** Numbers are standardised again: the old weight of (x − mean) / deviation as one of the new. */
function tableLinks(
  { signature, adapterData, onnx }: ModelPackage,
  encoder: TableEncoder,
): (Link | undefined)[] {
  const constants = readConstants(onnx);
  const before = featuresOf(parseColumns(adapterData, signature.instance.fields), {
    numbers: constants.get('number_columns') ?? [],
    logged: constants.get('is_logged') ?? [],
    indicators: constants.get('indicator_columns') ?? [],
    hotColumns: constants.get('hot_columns') ?? [],
    hotCodes: constants.get('hot_codes') ?? [],
  });
  const numbers = new Map(before.map((key, feature) => [key, feature]));
  const [means, deviations] = [constants.get('means') ?? [], constants.get('deviations') ?? []];
  return keysOf(encoder).map((key, feature): Link | undefined => {
    const old = numbers.get(key);
    if (old === undefined) return undefined;
    const number = encoder.numbers[feature];
    if (!number) return { old, factor: 1, shift: 0 };
    return {
      old,
      factor: number.deviation / deviations[old]!,
      shift: (number.mean - means[old]!) / deviations[old]!,
    };
  });
}

/** Margins are of standardised targets: those of the old mean and deviation as those of the new. */
function restandardised(
  weights: Float32Array,
  bias: number,
  { constants }: Old,
  now: Standard,
): Float32Array {
  const mean = constants.get('target_mean')![0]!;
  const deviation = constants.get('target_deviation')![0]!;
  return weights.map((weight, at) => {
    const scaled = (weight * deviation) / now.deviation;
    return at === bias ? scaled + (mean - now.mean) / now.deviation : scaled;
  });
}
