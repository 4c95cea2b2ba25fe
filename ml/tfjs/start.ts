import type { StartVersion } from '../engines/engine.ts';
import type { Standard } from '../linear/standard.ts';
import { featureLinks, type Old, scoreLinks, weightsIn } from '../linear/start.ts';
import { layerNames } from '../onnx/network.ts';
import { cannotStart, openStart } from '../package/start.ts';
import type { LearningProblem } from '../problem.ts';
import type { Layer, Network } from './network.ts';

/**
 * A network that begins with the weights of an earlier version: of the terms, columns, categories and labels that both
 * have. What is new keeps what it has in `initial`.
 *
 * @throws InvalidInput `start` when the two have another task, engine, layers or texts, or no label in common
 */
export function startNetwork(
  start: StartVersion,
  initial: Network,
  task: LearningProblem,
  standard: Standard,
): Network {
  const opened = openStart(start, 'tfjs', task);
  const old = weightsIn(opened);
  const { encoder, layers } = initial;
  assertSameSizes(layers, old, start.version);
  const links = featureLinks(opened, encoder, start.version);
  const scores = scoreLinks(opened.signature.task, task, start.version);
  const begun = layers.map((layer, at): Layer => {
    const isLast = at === layers.length - 1;
    const outputs = isLast ? scores : Array.from({ length: layer.outputs }, (_, unit) => unit);
    if (at === 0) return { ...layer, weights: firstWeights(layer, old, links, outputs) };
    return { ...layer, weights: laterWeights(layer, old.constants, layerNames(at), outputs) };
  });
  if (task.type === 'regression') restandardise(begun.at(-1)!, old, standard);
  return { encoder, layers: begun };
}

function assertSameSizes(layers: readonly Layer[], { constants }: Old, version: string): void {
  const names = layers.map((_, at) => layerNames(at).bias);
  const before = names.map((name) => constants.get(name)?.length);
  const isAlike =
    !constants.has(layerNames(layers.length).bias) &&
    layers.every(({ outputs }, at) => at === layers.length - 1 || outputs === before[at]) &&
    before.at(-1) !== undefined;
  if (isAlike) return;
  const sizes = layers.slice(0, -1).map(({ outputs }) => outputs);
  throw cannotStart(
    version,
    `its layers are of other sizes than those of this training: ${sizes.join(', ')}`,
  );
}

/** @param outputs of each output which one it was, −1 for a new one */
function firstWeights(
  { inputs, weights: initial }: Layer,
  old: Old,
  links: ReturnType<typeof featureLinks>,
  outputs: readonly number[],
): Float32Array {
  const weights = initial.slice();
  const bias = inputs * outputs.length;
  for (const [unit, from] of outputs.entries()) if (from >= 0) weights[bias + unit] = old.bias[from]!;
  for (const [feature, link] of links.entries()) {
    const known = link && old.weightsOf(link.old);
    if (!known) continue;
    for (const [unit, from] of outputs.entries()) {
      if (from < 0) continue;
      weights[feature * outputs.length + unit] = known[from]! * link.factor;
      weights[bias + unit]! += known[from]! * link.shift;
    }
  }
  return weights;
}

function laterWeights(
  { inputs, weights: initial }: Layer,
  constants: Old['constants'],
  names: ReturnType<typeof layerNames>,
  outputs: readonly number[],
): Float32Array {
  const [before, bias] = [constants.get(names.weights)!, constants.get(names.bias)!];
  return initial.map((value, at) => {
    const [row, from] = [Math.floor(at / outputs.length), outputs[at % outputs.length]!];
    if (from < 0) return value;
    return row === inputs ? bias[from]! : before[row * bias.length + from]!;
  });
}

/** Scores are of standardised targets: those of the old mean and deviation become those of the new. */
function restandardise({ inputs, weights }: Layer, { constants }: Old, now: Standard): void {
  const mean = constants.get('target_mean')![0]!;
  const deviation = constants.get('target_deviation')![0]!;
  for (let at = 0; at < weights.length; at++) weights[at]! *= deviation / now.deviation;
  weights[inputs]! += (mean - now.mean) / now.deviation;
}
