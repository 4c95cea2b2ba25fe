import type { EncoderFiles } from '../../ml/encoder/encoder.ts';
import type { TrainingTools } from '../../ml/engines/engine.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { openGraph } from '../../services/trainer/tools.ts';
import { startWorker } from '../../services/trainer/workers.ts';
import { TOY_WORDS } from './toy-dataset.ts';

const HIDDEN = 32;
const INTERMEDIATE = 48;
const LAYERS = 2;
const TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...TOY_WORDS, '##s', '.'];
const CONFIG = {
  model_type: 'bert',
  vocab_size: TOKENS.length,
  max_position_embeddings: 512,
  hidden_size: HIDDEN,
  intermediate_size: INTERMEDIATE,
  num_hidden_layers: LAYERS,
  num_attention_heads: 4,
  hidden_act: 'gelu',
};

/** A tensor of a file of safetensors. */
interface Named {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The tensors of a BERT of random weights, by name. */
export function tinyTensors(random: Random = seededRandom(3)): Record<string, Named> {
  const tensor = (shape: readonly number[], of: () => number): Named => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, of),
  });
  const drawn = (...shape: readonly number[]) => tensor(shape, () => random() - 0.5);
  const norm = (name: string) => ({
    [`${name}.weight`]: tensor([HIDDEN], () => 0.8 + 0.4 * random()),
    [`${name}.bias`]: drawn(HIDDEN),
  });
  const dense = (name: string, inputs: number, outputs: number) => ({
    [`${name}.weight`]: drawn(outputs, inputs),
    [`${name}.bias`]: drawn(outputs),
  });
  const layer = (at: number) => {
    const prefix = `encoder.layer.${at}`;
    return {
      ...dense(`${prefix}.attention.self.query`, HIDDEN, HIDDEN),
      ...dense(`${prefix}.attention.self.key`, HIDDEN, HIDDEN),
      ...dense(`${prefix}.attention.self.value`, HIDDEN, HIDDEN),
      ...dense(`${prefix}.attention.output.dense`, HIDDEN, HIDDEN),
      ...norm(`${prefix}.attention.output.LayerNorm`),
      ...dense(`${prefix}.intermediate.dense`, HIDDEN, INTERMEDIATE),
      ...dense(`${prefix}.output.dense`, INTERMEDIATE, HIDDEN),
      ...norm(`${prefix}.output.LayerNorm`),
    };
  };
  return {
    'embeddings.word_embeddings.weight': drawn(TOKENS.length, HIDDEN),
    'embeddings.position_embeddings.weight': tensor([512, HIDDEN], () => 0.1 * (random() - 0.5)),
    'embeddings.token_type_embeddings.weight': drawn(2, HIDDEN),
    ...norm('embeddings.LayerNorm'),
    ...Object.assign({}, ...Array.from({ length: LAYERS }, (_, at) => layer(at))),
  };
}

/** A file of safetensors. */
export function safetensors(tensors: Readonly<Record<string, Named>>): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]) => {
      const start = offset;
      offset += values.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }];
    }),
  );
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...header }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const values = Object.values(tensors).map(({ values }) => new Uint8Array(values.buffer));
  return new Uint8Array(Buffer.concat([length, json, ...values]));
}

/** The files of an encoder of random weights, whose vocabulary is that of the toy documents. */
export function tinyEncoder(change: { config?: object; tensors?: Record<string, Named> } = {}): EncoderFiles {
  return {
    config: json({ ...CONFIG, ...change.config }),
    weights: safetensors(change.tensors ?? tinyTensors()),
    tokenizer: json(wordPiece(TOKENS)),
  };
}

/** A `tokenizer.json` as that of BERT. */
export function wordPiece(tokens: readonly string[]): object {
  const special = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  return {
    version: '1.0',
    added_tokens: tokens.slice(0, 4).map((content, id) => ({
      ...{ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

const json = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Kept as long as the process: embeddings depend on the text alone. */
const blocks = new Map<string, Uint8Array[]>();

/** What an engine may use in a test: the tiny encoder under any name, and a cache in memory. */
export const tinyTools = (): TrainingTools => ({
  cache: {
    load: async (key) => blocks.get(key) ?? [],
    add: async (key, block) => void blocks.set(key, [...(blocks.get(key) ?? []), block]),
  },
  encoderFiles: async () => tinyEncoder(),
  cores: 1,
  startWorker,
  openGraph,
  openDevice: async () => ({ name: 'cpu', openGraph }),
});
