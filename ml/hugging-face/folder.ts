import { encoderSettings } from '../encoder/config.ts';
import { writeSafetensors } from '../encoder/safetensors.ts';
import { parseTokenizer } from '../encoder/tokenizer.ts';
import { encoderTensors, SEGMENTS, transposed } from '../encoder/weights.ts';
import { EMBEDDING, meanEmbedding, sentenceEmbedding, TOKEN_INPUTS } from '../onnx/bert.ts';
import { encodeModel } from '../onnx/model-proto.ts';
import { PartBuilder } from '../onnx/part.ts';
import { formatSums, SUMS_FILE } from '../package/sums.ts';
import { classOf, MODELING_FILE, modelingFile } from './modeling.ts';
import type { PackedEncoder } from './packed.ts';
import { readme } from './readme.ts';

/** of the classifiers of transformers, at training */
const DROPOUT = 0.1;

/**
 * The files of a classifier in the layout of the library transformers: `config.json`, `model.safetensors`,
 * `tokenizer.json`, the class that reads them, and the same as an ONNX graph from `TOKEN_INPUTS` to `logits`, float
 * [batch, labels], whose softmax is the probabilities. The same encoder gives the same bytes.
 */
export function huggingFaceFolder(packed: PackedEncoder): Map<string, Uint8Array> {
  const { config, weights, head, labels, tokenizer } = packed;
  const tensors = encoderTensors(config, weights);
  const { hidden } = config;
  const classifier = transposed(head.weight, hidden, labels.length);
  tensors.set('classifier.weight', { shape: [labels.length, hidden], values: classifier });
  tensors.set('classifier.bias', { shape: [labels.length], values: head.bias });
  const files = new Map([
    ['README.md', utf8(readme(packed))],
    ['config.json', json(configOf(packed))],
    ['label_map.json', json(idsOf(labels))],
    ['model.safetensors', writeSafetensors(tensors)],
    [MODELING_FILE, utf8(modelingFile(config.kind))],
    ['onnx/model.onnx', graphOf(packed)],
    ['tokenizer.json', tokenizer],
    ['tokenizer_config.json', json(tokenizerConfigOf(packed))],
  ]);
  return files.set(SUMS_FILE, utf8(formatSums(files)));
}

const idsOf = (labels: readonly string[]) => Object.fromEntries(labels.map((label, id) => [label, id]));

const configOf = ({ config, labels, isScaled }: PackedEncoder) => ({
  architectures: [classOf(config.kind)],
  auto_map: {
    AutoModelForSequenceClassification: `${MODELING_FILE.replace(/\.py$/, '')}.${classOf(config.kind)}`,
  },
  ...encoderSettings(config),
  ...(config.kind === 'bert' ? { type_vocab_size: SEGMENTS } : { sinusoidal_pos_embds: false }),
  id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
  label2id: idsOf(labels),
  problem_type: 'single_label_classification',
  mean_scaled: isScaled,
  mean_dropout: DROPOUT,
  dtype: 'float32',
});

/** The special tokens as BERT's tokenizers, and those after them, call them. */
const SPECIAL = {
  ...{ unk_token: ['[UNK]', '<unk>'], sep_token: ['[SEP]', '</s>'], pad_token: ['[PAD]', '<pad>'] },
  ...{ cls_token: ['[CLS]', '<s>'], mask_token: ['[MASK]', '<mask>'] },
};

function tokenizerConfigOf({ tokenizer, maxTokens }: PackedEncoder) {
  const { idOf } = parseTokenizer(tokenizer);
  const special = Object.entries(SPECIAL).flatMap(([key, names]) => {
    const name = names.find((token) => idOf(token) !== undefined);
    return name === undefined ? [] : [[key, name] as const];
  });
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: maxTokens,
    model_input_names: TOKEN_INPUTS.map(({ name }) => name),
    ...Object.fromEntries(special),
  };
}

function graphOf({ config, weights, head, labels, isScaled }: PackedEncoder): Uint8Array {
  const encoder = (isScaled ? sentenceEmbedding : meanEmbedding)(config, weights);
  const graph = new PartBuilder();
  graph.floats('classifier.weight', [config.hidden, labels.length], head.weight);
  graph.floats('classifier.bias', [labels.length], head.bias);
  graph.node('sums', 'MatMul', [EMBEDDING, 'classifier.weight']);
  graph.node('logits', 'Add', ['sums', 'classifier.bias']);
  return encodeModel({
    name: 'encoder',
    inputs: TOKEN_INPUTS,
    outputs: [{ name: 'logits', type: 'float', shape: ['batch', labels.length] }],
    constants: [...encoder.constants, ...graph.part.constants],
    nodes: [...encoder.nodes, ...graph.part.nodes],
    metadata: { labels: JSON.stringify(labels) },
  });
}

const json = (value: object): Uint8Array => utf8(`${JSON.stringify(value, null, 2)}\n`);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
