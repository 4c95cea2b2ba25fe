import { deserialize, serialize } from 'node:v8';
import type { FittedAdapter } from '../adapters/adapter.ts';
import { fittedBlend } from '../adapters/blend.ts';
import { fittedTfidf } from '../adapters/tfidf.ts';
import { encodedText, fittedTokens } from '../adapters/tokens.ts';
import {
  type Checkpoint,
  type EpochStep,
  type ExportedModel,
  runEpochs,
  type TrainedModel,
  type TrainingJob,
} from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { encoderMetadata } from '../hugging-face/packed.ts';
import { type Instance, textFields } from '../instance/schema.ts';
import type { LinearState } from '../linear/fit.ts';
import type { DenseMatrix } from '../matrix.ts';
import { encoderOutputs, exportEncoder, SURE_OUTPUT } from '../onnx/encoder.ts';
import type { GraphPart } from '../onnx/part.ts';
import { withPrecision } from '../onnx/precision.ts';
import type { Example } from '../problem.ts';
import { seedsOf } from '../training/seeds.ts';
import { type FitHead, predictEncoder, type TrainedEncoder, trainEncoder } from './classifier.ts';
import { Embedder } from './embedder.ts';
import { type Encoder, openEncoder } from './encoder.ts';
import { type EncoderData, fitFrozen } from './halves.ts';
import { type EncoderParameters, encoderCost, encoderParameters } from './parameters.ts';
import { type Embedding, openEmbedding } from './text-embeddings.ts';
import { type TuningState, tuneEncoder } from './tune.ts';

/** Trains a model of the engine `encoder`. */
export async function train(job: TrainingJob): Promise<TrainedModel> {
  const parameters = encoderParameters.parse(job.parameters);
  if (job.train.length === 0) throw new InvalidInput('no-samples', 'there are no samples to train on');
  const { weights, maxTokens, tuneEpochs, blend, cascade } = parameters;
  if (cascade && !blend) {
    throw new InvalidInput('parameter', 'cascade asks the linear model first: it needs blend true');
  }
  if (isRefitted(parameters) && tuneEpochs > 0) {
    const reason = `${parameters.folds > 0 ? 'folds are' : 'refit is'} of an encoder that stays as it is: leave that out, or use tuneEpochs 0; tuning again would take as long as the tuning`;
    throw new InvalidInput('parameter', reason);
  }
  if (parameters.folds > 0 && parameters.augmentation.length > 0) {
    const reason =
      'with folds a text would be held out where what augmentation made of it is learnt from: use refit, or leave out augmentation';
    throw new InvalidInput('parameter', reason);
  }
  if (parameters.workers > 1 && parameters.device !== 'cpu') {
    const reason = `workers share the CPU: with device ${parameters.device} use workers 1, or device cpu`;
    throw new InvalidInput('parameter', reason);
  }
  const encoder = openEncoder(await job.tools.encoderFiles(weights), maxTokens);
  const all = { job, parameters, encoder, fields: textFields(job.schema) };
  return tuneEpochs > 0 ? trainTuned(all) : trainFrozen(all);
}

const isRefitted = ({ refit, folds }: EncoderParameters): boolean => refit || folds > 0;

interface Given {
  readonly job: TrainingJob;
  readonly parameters: EncoderParameters;
  readonly encoder: Encoder;
  readonly fields: readonly string[];
}

async function trainFrozen({ job, parameters, encoder, fields }: Given): Promise<TrainedModel> {
  const embedder = new Embedder(encoder, parameters.maxTokens, job.tools);
  const textsOf = (instances: readonly Instance[]) =>
    instances.map((instance) => encodedText(instance, fields));
  const all = [...job.train, ...job.validation].map(({ instance }) => instance);
  await embedder.embed(textsOf(all), {
    signal: job.signal,
    onEmbedded: (done, total) => job.onProgress({ what: 'embedding texts', done, total }),
  });
  const embed = (examples: readonly Example[]) =>
    embedder.embed(textsOf(examples.map(({ instance }) => instance)));
  const embeddings = { train: await embed(job.train), validation: await embed(job.validation) };
  const { exportPrecision: precision } = parameters;
  const packed =
    precision === 'fp32' ? embedder : new Embedder(encoder, parameters.maxTokens, job.tools, precision);
  const fit: FitHead<LinearState> = async function* (targets, linear, after) {
    const own = { ...linear, c: encoderCost(parameters, job.train.length) };
    const head = yield* fitFrozen(embeddings, targets, own, job.seed, after);
    if (packed === embedder) return head;
    const validation = await packed.embed(textsOf(job.validation.map(({ instance }) => instance)), {
      signal: job.signal,
      onEmbedded: (done, total) => job.onProgress({ what: `embedding texts in ${precision}`, done, total }),
    });
    return { ...head, validation, exact: head.validation };
  };
  const everything = isRefitted(parameters) ? await embedder.embed(textsOf(all)) : undefined;
  const trained = await runEpochs(await steps({ ...job, parameters }, fit, job.checkpoint, everything), job);
  return trainedModel(trained, {
    ...{ parameters, encoder, fields, graph: withPrecision(encoder.graph, precision) },
    texts: everything?.rows ?? job.train.length,
    embed: (instances) => packed.embed(textsOf(instances)),
  });
}

async function trainTuned({ job, parameters, encoder, fields }: Given): Promise<TrainedModel> {
  const tokensOf = (instance: Instance) =>
    encoder.tokenizer.encode(encodedText(instance, fields), parameters.maxTokens);
  const tokens = (examples: readonly Example[]) => examples.map(({ instance }) => tokensOf(instance));
  const device = await job.tools.openDevice(parameters.device);
  job.onProgress({ what: `tuning the encoder on ${device.name}`, done: 0, total: 1 });
  const data = {
    ...job,
    ...{ parameters, encoder, device, seeds: seedsOf(job.seed, job.seeds) },
    startWorker: job.tools.startWorker,
    ...{ train: tokens(job.train), validation: tokens(job.validation) },
  };
  let packed: { readonly graph: GraphPart; readonly embedding: Embedding } | undefined;
  const fit: FitHead<TuningState> = async function* (targets, _, after) {
    const tuned = yield* tuneEncoder({ ...data, targets }, after);
    const { head, weights, embeddings, ...rest } = tuned;
    const graph = withPrecision(embeddings.graphOf(weights), parameters.exportPrecision);
    const embedding = await openEmbedding(graph, encoder.config.hidden, device);
    packed = { graph, embedding };
    const validation = await embedding.embed(data.validation, job.signal);
    if (parameters.exportPrecision === 'fp32') return { ...head, ...rest, validation };
    const exact = await embeddings.embed(data.validation, weights, job.signal);
    return { ...head, ...rest, validation, exact };
  };
  const trained = await runEpochs(await steps({ ...job, parameters }, fit, job.checkpoint), {
    ...job,
    onEpoch: (report) => job.onEpoch({ ...report, device: device.name }),
  });
  const { graph, embedding } = packed!;
  return trainedModel(trained, {
    ...{ parameters, encoder, fields, device: device.name, graph, texts: job.train.length },
    embed: (instances) => embedding.embed(instances.map(tokensOf)),
  });
}

async function steps<State>(
  data: EncoderData,
  fit: FitHead<State>,
  checkpoint: Checkpoint,
  everything?: DenseMatrix,
): Promise<AsyncGenerator<EpochStep, TrainedEncoder>> {
  const saved = await checkpoint.load();
  const training = trainEncoder(data, fit, saved && deserialize(saved), everything);
  return (async function* () {
    let trained = await training.next();
    for (; !trained.done; trained = await training.next()) {
      const { report, state } = trained.value;
      yield { ...(report && { report }), state: () => serialize(state()) };
    }
    return trained.value;
  })();
}

/** What a model is made of, besides what it learnt. */
interface Parts {
  readonly parameters: EncoderParameters;
  readonly encoder: Encoder;
  readonly fields: readonly string[];
  /** see `sentenceEmbedding` and `meanEmbedding` */
  readonly graph: GraphPart;
  /** that the scores were fitted to */
  readonly texts: number;
  /** that the encoder was tuned on */
  readonly device?: string;
  embed(instances: readonly Instance[]): Promise<DenseMatrix>;
}

const trainedModel = (trained: TrainedEncoder, parts: Parts): TrainedModel => ({
  epochs: trained.epochs,
  bestEpoch: trained.bestEpoch,
  stoppedEarly: trained.stoppedEarly,
  ...(trained.unseen && { unseenScores: trained.unseen }),
  predict: (instances) => predictEncoder(trained, instances, parts.embed),
  export: () => exported(trained, parts),
});

function exported(trained: TrainedEncoder, parts: Parts): ExportedModel {
  const { parameters, encoder, fields, graph } = parts;
  const { task, head, linear } = trained;
  const adapter = adapterOf(trained, fittedTokens(encoder.tokenizerFile, fields, parameters.maxTokens));
  const { temperature } = linear?.blend ?? head;
  return {
    adapter,
    onnx: exportEncoder({ task, encoder: graph, head, linear }, adapter.inputs, {
      adapter_sha256: sha256(adapter.data),
      encoder_sha256: encoder.digest,
      ...encoderMetadata({
        ...{ config: encoder.config, isScaled: parts.device === undefined },
        precision: parameters.exportPrecision,
      }),
    }),
    outputs: encoderOutputs(task, linear?.blend),
    description: descriptionOf(trained, parts),
    limits: [
      `It reads the first ${parameters.maxTokens} tokens of a text (about ${Math.round(0.75 * parameters.maxTokens)} words of English); what the encoder was trained on decides which languages it knows.`,
      ...(linear ? ['Its half that counts words knows no word that it was not trained on.'] : []),
    ],
    details: {
      hidden: encoder.config.hidden,
      maxTokens: parameters.maxTokens,
      temperature,
      ...(linear && { features: linear.model.encoder.columns, linearShare: linear.blend.share }),
      ...(trained.pointsLost !== undefined && { pointsLost: trained.pointsLost }),
      ...(linear?.blend.threshold !== undefined && { cascadeThreshold: linear.blend.threshold }),
    },
  };
}

const adapterOf = ({ linear }: TrainedEncoder, tokens: FittedAdapter): FittedAdapter =>
  linear
    ? fittedBlend(
        [tokens, fittedTfidf(linear.model.encoder.blocks)],
        linear.blend.threshold === undefined ? undefined : SURE_OUTPUT.name,
      )
    : tokens;

function descriptionOf(
  { head, linear, epochs, bestEpoch, pointsLost }: TrainedEncoder,
  parts: Parts,
): string {
  const { weights, maxTokens, exportPrecision: precision, folds } = parts.parameters;
  const { config, digest } = parts.encoder;
  const name = weights.split(/[\\/]/).at(-1);
  const pretrained = `A pretrained encoder, ${name} (${config.layers} layers, ${config.hidden} numbers an embedding, SHA-256 ${digest})`;
  const cost =
    pointsLost === undefined
      ? ''
      : ` Its weights are packed in ${precision}, which cost ${pointsLost.toFixed(2)} points of accuracy on the validation split (at most 0.5 are allowed).`;
  const again = isRefitted(parts.parameters)
    ? ' Then fitted again on the validation split as well, as often; its metrics on that split are those of models that have not seen it.'
    : '';
  const by =
    folds > 0
      ? `by cross-validation of the training and the validation split, ${folds} folds`
      : 'on the validation split';
  const scores = parts.device
    ? `${pretrained}, fine-tuned on ${parts.device}, of ${epochs} epochs the weights of epoch ${bestEpoch}: the mean over at most ${maxTokens} tokens, and a layer of scores.`
    : `${pretrained}, as it was: the mean over at most ${maxTokens} tokens, and a logistic regression of that (C = ${Number(encoderCost(parts.parameters, parts.texts).toPrecision(3))}).`;
  const own = `${scores}${cost}`;
  if (!linear)
    return `${own} Probabilities by softmax at temperature ${head.temperature.toFixed(3)}, chosen ${by}.${again}`;
  const { share, temperature, threshold } = linear.blend;
  const alone =
    threshold !== undefined && threshold <= 1
      ? ` From a probability of ${threshold} on the linear model answers alone.`
      : '';
  return `${own} Blended with a linear model of TF-IDF (${linear.model.encoder.columns} features): ${share.toFixed(2)} of its log-probabilities and ${(1 - share).toFixed(2)} of the encoder's, at temperature ${temperature.toFixed(3)}; both chosen ${by}.${alone}${again}`;
}
