import { deserialize, serialize } from 'node:v8';
import type { FittedAdapter } from '../adapters/adapter.ts';
import { fittedBlend } from '../adapters/blend.ts';
import { fittedTfidf } from '../adapters/tfidf.ts';
import { encodedText, fittedTokens } from '../adapters/tokens.ts';
import {
  type EncoderData,
  predictEncoder,
  type TrainedEncoder,
  trainEncoder,
} from '../encoder/classifier.ts';
import { Embedder } from '../encoder/embedder.ts';
import { type Encoder, openEncoder } from '../encoder/encoder.ts';
import { type EncoderParameters, encoderParameters } from '../encoder/parameters.ts';
import { InvalidInput } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { type Instance, textFields } from '../instance/schema.ts';
import { exportEncoder } from '../onnx/encoder.ts';
import { headOf } from '../onnx/heads.ts';
import type { Example } from '../problem.ts';
import { type Engine, type EpochStep, type ExportedModel, runEpochs, type TrainedModel } from './engine.ts';

/** A pretrained encoder of texts, which stays as it is, with a logistic regression; blended with `linear`. */
export const engine: Engine = {
  parameters: encoderParameters,
  tasks: ['classification'],
  instances: ['text'],

  async train(job) {
    const parameters = encoderParameters.parse(job.parameters);
    if (job.train.length === 0) throw new InvalidInput('no-samples', 'there are no samples to train on');
    const { weights, maxTokens } = parameters;
    const encoder = openEncoder(await job.tools.encoderFiles(weights), maxTokens);
    const fields = textFields(job.schema);
    const embedder = new Embedder(encoder, maxTokens, job.tools);
    const textsOf = (instances: readonly Instance[]) =>
      instances.map((instance) => encodedText(instance, fields));
    const all = [...job.train, ...job.validation].map(({ instance }) => instance);
    await embedder.embed(textsOf(all), {
      signal: job.signal,
      onEmbedded: (done, total) => job.onProgress({ what: 'embedding texts', done, total }),
    });
    const embed = (examples: readonly Example[]) =>
      embedder.embed(textsOf(examples.map(({ instance }) => instance)));
    const data: EncoderData = {
      ...job,
      parameters,
      embeddings: { train: await embed(job.train), validation: await embed(job.validation) },
    };
    const saved = await job.checkpoint.load();
    const trained = await runEpochs(steps(data, saved), job);
    return trainedModel(trained, {
      parameters,
      encoder,
      fields,
      embed: async (instances) => embedder.embed(textsOf(instances)),
    });
  },
};

function* steps(data: EncoderData, saved: Uint8Array | undefined): Generator<EpochStep, TrainedEncoder> {
  const training = trainEncoder(data, saved && deserialize(saved));
  for (;;) {
    const { done, value } = training.next();
    if (done) return value;
    yield { report: value.report, state: () => serialize(value.state()) };
  }
}

/** What a model is made of, besides what it learnt. */
interface Parts {
  readonly parameters: EncoderParameters;
  readonly encoder: Encoder;
  readonly fields: readonly string[];
  embed(instances: readonly Instance[]): ReturnType<Embedder['embed']>;
}

const trainedModel = (trained: TrainedEncoder, parts: Parts): TrainedModel => ({
  epochs: trained.epochs,
  bestEpoch: trained.bestEpoch,
  stoppedEarly: trained.stoppedEarly,
  predict: async (instances) => predictEncoder(trained, instances, await parts.embed(instances)),
  export: () => exported(trained, parts),
});

function exported(trained: TrainedEncoder, { parameters, encoder, fields }: Parts): ExportedModel {
  const { task, head, linear } = trained;
  const adapter = adapterOf(trained, fittedTokens(encoder.tokenizerFile, fields, parameters.maxTokens));
  const { temperature } = linear?.blend ?? head;
  return {
    adapter,
    onnx: exportEncoder({ task, encoder: encoder.graph, head, linear }, adapter.inputs, {
      adapter_sha256: sha256(adapter.data),
      encoder_sha256: encoder.digest,
    }),
    outputs: headOf(task, temperature, { mean: 0, deviation: 1 }).outputs,
    description: descriptionOf(trained, parameters, encoder),
    limits: [
      `It reads the first ${parameters.maxTokens} tokens of a text (about ${Math.round(0.75 * parameters.maxTokens)} words of English); what the encoder was trained on decides which languages it knows.`,
      ...(linear ? ['Its half that counts words knows no word that it was not trained on.'] : []),
    ],
    details: {
      hidden: encoder.hidden,
      maxTokens: parameters.maxTokens,
      temperature,
      ...(linear && { features: linear.model.encoder.columns, linearShare: linear.blend.share }),
    },
  };
}

const adapterOf = ({ linear }: TrainedEncoder, tokens: FittedAdapter): FittedAdapter =>
  linear ? fittedBlend([tokens, fittedTfidf(linear.model.encoder.blocks)]) : tokens;

function descriptionOf(
  { head, linear }: TrainedEncoder,
  { weights, maxTokens, encoderC }: EncoderParameters,
  { hidden, layers, digest }: Encoder,
): string {
  const name = weights.split(/[\\/]/).at(-1);
  const own = `A pretrained encoder, ${name} (${layers} layers, ${hidden} numbers an embedding, SHA-256 ${digest}), as it was: the mean over at most ${maxTokens} tokens, and a logistic regression of that (C = ${encoderC}).`;
  if (!linear) return `${own} Probabilities by softmax at temperature ${head.temperature.toFixed(3)}.`;
  const { share, temperature } = linear.blend;
  return `${own} Blended with a linear model of TF-IDF (${linear.model.encoder.columns} features): ${share.toFixed(2)} of its log-probabilities and ${(1 - share).toFixed(2)} of the encoder's, at temperature ${temperature.toFixed(3)}; both chosen on the validation split.`;
}
