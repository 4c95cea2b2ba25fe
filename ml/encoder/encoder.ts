import { InvalidInput } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { sentenceEmbedding } from '../onnx/bert.ts';
import type { GraphPart } from '../onnx/part.ts';
import { type EncoderConfig, parseEncoderConfig } from './config.ts';
import { parseTokenizer, type TextTokenizer } from './tokenizer.ts';
import { type EncoderWeights, readEncoderWeights } from './weights.ts';

/** The files of a pretrained encoder, as the library transformers writes them. */
export interface EncoderFiles {
  /** config.json */
  readonly config: Uint8Array;
  /** model.safetensors */
  readonly weights: Uint8Array;
  /** tokenizer.json */
  readonly tokenizer: Uint8Array;
}

/** A pretrained encoder: from a text to numbers that say what it is about. */
export interface Encoder {
  readonly config: EncoderConfig;
  readonly weights: EncoderWeights;
  /** of its files */
  readonly digest: string;
  readonly tokenizer: TextTokenizer;
  readonly tokenizerFile: Uint8Array;
  /** see `sentenceEmbedding` */
  readonly graph: GraphPart;
}

/**
 * @param maxTokens of a text
 * @throws InvalidInput `weights` when the files are damaged, of another kind of model, or do not belong together;
 *   `parameter` when the encoder takes fewer tokens
 */
export function openEncoder(
  { config: file, weights, tokenizer: tokens }: EncoderFiles,
  maxTokens: number,
): Encoder {
  const config = parseEncoderConfig(new TextDecoder().decode(file));
  const tokenizer = parseTokenizer(tokens);
  if (tokenizer.vocabulary > config.vocabulary) {
    throw new InvalidInput(
      'weights',
      `tokenizer.json has ${tokenizer.vocabulary} tokens, and the encoder knows ${config.vocabulary} (config.json): they are of different models`,
    );
  }
  if (maxTokens > config.positions) {
    throw new InvalidInput(
      'parameter',
      `maxTokens is ${maxTokens}, and this encoder takes ${config.positions} at most`,
    );
  }
  const read = readEncoderWeights(config, weights);
  const graph = sentenceEmbedding(config, read);
  const digest = sha256(new TextEncoder().encode([file, weights, tokens].map(sha256).join(' ')));
  return { config, weights: read, digest, tokenizer, tokenizerFile: tokens, graph };
}
