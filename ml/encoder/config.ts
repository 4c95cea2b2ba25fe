import { z } from 'zod';
import { InvalidInput } from '../errors.ts';

/** The shape of an encoder: layers of self-attention as BERT has them. */
export interface EncoderConfig {
  readonly kind: 'bert' | 'distilbert';
  readonly vocabulary: number;
  /** positions there are: a text has so many tokens at most */
  readonly positions: number;
  readonly hidden: number;
  /** width of the feed-forward networks */
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly epsilon: number;
}

const size = z.int().positive();

const bert = z.object({
  vocab_size: size,
  max_position_embeddings: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.literal('gelu', 'only "gelu" is known'),
  position_embedding_type: z.literal('absolute', 'only "absolute" is known').default('absolute'),
});

const distilbert = z.object({
  vocab_size: size,
  max_position_embeddings: size,
  dim: size,
  hidden_dim: size,
  n_layers: size,
  n_heads: size,
  activation: z.literal('gelu', 'only "gelu" is known'),
});

/** @throws InvalidInput `weights` for a `config.json` of another kind of model, naming the key at fault */
export function parseEncoderConfig(text: string): EncoderConfig {
  const json = parsed(text);
  const config = configOf(json);
  if (config.hidden % config.heads === 0) return config;
  throw new InvalidInput(
    'weights',
    `config.json: ${config.hidden} hidden units cannot be split among ${config.heads} heads`,
  );
}

function configOf(json: Readonly<Record<string, unknown>>): EncoderConfig {
  if (json.model_type === 'bert') {
    const found = checked(bert, json);
    return {
      kind: 'bert',
      vocabulary: found.vocab_size,
      positions: found.max_position_embeddings,
      hidden: found.hidden_size,
      intermediate: found.intermediate_size,
      layers: found.num_hidden_layers,
      heads: found.num_attention_heads,
      epsilon: found.layer_norm_eps,
    };
  }
  if (json.model_type === 'distilbert') {
    const found = checked(distilbert, json);
    return {
      kind: 'distilbert',
      vocabulary: found.vocab_size,
      positions: found.max_position_embeddings,
      hidden: found.dim,
      intermediate: found.hidden_dim,
      layers: found.n_layers,
      heads: found.n_heads,
      epsilon: 1e-12,
    };
  }
  throw new InvalidInput(
    'weights',
    `config.json: "model_type" is ${JSON.stringify(json.model_type)}; there are "bert" and "distilbert"`,
  );
}

/** The shape of an encoder as the `config.json` of the library transformers has it: what `parseEncoderConfig` reads. */
export function encoderSettings(config: EncoderConfig): Readonly<Record<string, string | number>> {
  const { vocabulary, positions, hidden, intermediate, layers, heads } = config;
  const common = { model_type: config.kind, vocab_size: vocabulary, max_position_embeddings: positions };
  if (config.kind === 'distilbert') {
    const sizes = { dim: hidden, hidden_dim: intermediate, n_layers: layers, n_heads: heads };
    return { ...common, ...sizes, activation: 'gelu' };
  }
  return {
    ...{ ...common, hidden_size: hidden, intermediate_size: intermediate },
    ...{ num_hidden_layers: layers, num_attention_heads: heads },
    ...{ layer_norm_eps: config.epsilon, hidden_act: 'gelu' },
  };
}

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const { data, error } = schema.safeParse(json);
  if (data !== undefined) return data;
  const { path, message } = error!.issues[0]!;
  throw new InvalidInput('weights', `config.json: "${path.join('.')}": ${message}`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
    throw new TypeError('not an object');
  } catch (cause) {
    throw new InvalidInput('weights', 'config.json is not a JSON object; is it truncated?', { cause });
  }
}
