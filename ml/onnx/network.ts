import type { LinearModel } from '../linear/model.ts';
import type { Standard } from '../linear/standard.ts';
import type { LearningProblem } from '../problem.ts';
import { isRectified, type Network } from '../tfjs/network.ts';
import { headOf } from './heads.ts';
import { marginsOf } from './linear.ts';
import { encodeModel, type TensorType } from './model-proto.ts';
import { PartBuilder, renamed } from './part.ts';

/** What the constants of a layer are called, from 0. */
export const layerNames = (layer: number): { weights: string; bias: string } =>
  layer === 0 ? { weights: 'weights', bias: 'bias' } : { weights: `weights_${layer}`, bias: `bias_${layer}` };

/** What is exported of a trained network. */
interface NetworkModel {
  readonly task: LearningProblem;
  readonly network: Network;
  readonly temperature: number;
  readonly standard: Standard;
}

/**
 * A network as an ONNX graph: its first layer as the graph of a linear model, see `exportLinear`, then
 * units · weights + bias with ReLU where the network has it; ended by `headOf`.
 */
export function exportNetwork(
  model: NetworkModel,
  inputs: readonly TensorType[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { task, network, temperature, standard } = model;
  const head = headOf(task, temperature, standard);
  const parts = [firstLayer(model), laterLayers(network)];
  return encodeModel({
    name: 'network',
    inputs,
    outputs: head.outputs,
    constants: [...parts.flatMap(({ constants }) => constants), ...head.constants],
    nodes: [...parts.flatMap(({ nodes }) => nodes), ...head.nodes],
    metadata: { ...head.metadata, ...metadata },
  });
}

function firstLayer({ network: { encoder, layers }, ...model }: NetworkModel) {
  const linear: LinearModel = { ...model, encoder, weights: layers[0]!.weights };
  return renamed(marginsOf(linear), 'margins', unitsOf(0, layers.length));
}

function laterLayers(network: Network) {
  const { layers } = network;
  const graph = new PartBuilder();
  for (const [at, { inputs, outputs, weights }] of layers.entries()) {
    const output = unitsOf(at, layers.length);
    if (at > 0) {
      const names = layerNames(at);
      const from = unitsOf(at - 1, layers.length);
      const units = isRectified(network, at - 1) ? graph.node(`${from}_rectified`, 'Relu', [from]) : from;
      graph.floats(names.weights, [inputs, outputs], weights.slice(0, inputs * outputs));
      graph.node(`sums_${at}`, 'MatMul', [units, names.weights]);
      graph.node(output, 'Add', [`sums_${at}`, graph.floats(names.bias, [outputs], weights.slice(-outputs))]);
    }
  }
  return graph.part;
}

const unitsOf = (layer: number, layers: number): string =>
  layer === layers - 1 ? 'margins' : `units_${layer}`;
