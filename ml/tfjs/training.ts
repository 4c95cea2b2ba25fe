import { deserialize, serialize } from 'node:v8';
import { fittedTabular } from '../adapters/tabular.ts';
import { fittedTfidf } from '../adapters/tfidf.ts';
import { probabilitiesOf } from '../calibration/probabilities.ts';
import {
  type EpochStep,
  type ExportedModel,
  runEpochs,
  type TrainedModel,
  type TrainingJob,
} from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import { sha256 } from '../hash.ts';
import type { Instance } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { headOf } from '../onnx/heads.ts';
import { exportNetwork } from '../onnx/network.ts';
import { withWorkers } from '../training/workers.ts';
import { type OpenBackend, openBackend, type TensorFlow } from './backend.ts';
import { marginsOf } from './compute.ts';
import { startGradients } from './gradient-worker.ts';
import { type Network, weightCount } from './network.ts';
import { type NetworkParameters, networkParameters } from './parameters.ts';
import { type NetworkData, type TrainedNetwork, trainNetwork } from './train.ts';

/** Trains a model of the engine `tfjs`. */
export async function train(job: TrainingJob): Promise<TrainedModel> {
  const parameters = networkParameters.parse(job.parameters);
  const wanted = backendFor(parameters);
  const backend = await openBackend(wanted);
  for (const what of [...backend.failures, `trains on ${backend.name}`])
    job.onProgress({ what, done: 0, total: 1 });
  const saved = await job.checkpoint.load();
  const trained = await withWorkers(job.tools, (startWorker) => {
    const data = {
      ...{ ...job, parameters },
      ...(parameters.workers > 1 && {
        openGradients: (network: Network) => startGradients(parameters.workers, network, wanted, startWorker),
      }),
    };
    return runEpochs(steps(backend.tf, data, saved), {
      ...job,
      onEpoch: (report) => job.onEpoch({ ...report, device: backend.name }),
    });
  });
  return {
    epochs: trained.epochs,
    bestEpoch: trained.bestEpoch,
    stoppedEarly: trained.stoppedEarly,
    predict: async (instances) => predict(backend.tf, trained, instances),
    export: () => exported(trained, backend),
  };
}

/**
 * A TensorFlow of the machine computes with all cores by itself; a worker has one of the backends that are always there.
 *
 * @throws InvalidInput `parameter`
 */
function backendFor({ backend, workers }: NetworkParameters): NetworkParameters['backend'] {
  if (workers === 1 || backend === 'wasm' || backend === 'cpu') return backend;
  if (backend === 'auto') return 'wasm';
  const reason = `backend ${backend} computes with all cores by itself: use workers 1, or backend wasm`;
  throw new InvalidInput('parameter', reason);
}

async function* steps(
  tf: TensorFlow,
  data: NetworkData,
  saved: Uint8Array | undefined,
): AsyncGenerator<EpochStep, TrainedNetwork> {
  const training = trainNetwork(tf, data, saved && deserialize(saved));
  for (;;) {
    const { done, value } = await training.next();
    if (done) return value;
    yield { report: value.report, state: () => serialize(value.state()) };
  }
}

function predict(
  tf: TensorFlow,
  { task, network, temperature, standard }: TrainedNetwork,
  instances: readonly Instance[],
): DenseMatrix {
  const margins = marginsOf(tf, network, network.encoder.encode(instances));
  if (task.type !== 'regression') return probabilitiesOf(task, margins, temperature);
  return { ...margins, values: margins.values.map((margin) => margin * standard.deviation + standard.mean) };
}

function exported(trained: TrainedNetwork, { name }: OpenBackend): ExportedModel {
  const { task, network, temperature, standard, epochs, bestEpoch, stoppedEarly } = trained;
  const { encoder, layers } = network;
  const adapter = encoder.kind === 'text' ? fittedTfidf(encoder.blocks) : fittedTabular(encoder.tableColumns);
  const sizes = layers.slice(0, -1).map(({ outputs }) => outputs);
  const [embedding, ...hidden] = sizes;
  const what =
    encoder.kind === 'text'
      ? `Embeddings of ${encoder.columns} words and pairs of words, ${embedding} numbers each, averaged by TF-IDF${layersText(hidden)}`
      : `A network over ${encoder.columns} features of a table, standardised numbers with indicators of missing ones and one-hot categories${layersText(sizes)}`;
  return {
    adapter,
    onnx: exportNetwork(trained, adapter.inputs, { adapter_sha256: sha256(adapter.data) }),
    outputs: headOf(task, temperature, standard).outputs,
    description: `${what}. Trained on TensorFlow.js (${name}) for ${epochs} epochs, kept: epoch ${bestEpoch} (${stoppedEarly ? 'validation got no better after it' : 'the most epochs allowed were used'}).`,
    limits:
      encoder.kind === 'text'
        ? ['It knows no order of words beyond pairs, and no word that it was not trained on.']
        : ['Beyond the range of the numbers it was trained on its answers are guesses.'],
    details: {
      features: encoder.columns,
      weights: weightCount(network),
      ...(task.type !== 'regression' && { temperature }),
    },
  };
}

const layersText = (sizes: readonly number[]): string =>
  sizes.length === 0 ? '' : `, then layers of ${sizes.join(' and ')} units with ReLU`;
