import { z } from 'zod';
import { SKETCH_FEATURE, wordSketch } from '../drift/rows/sketch.ts';
import { tokenInputs } from '../encoder/token-inputs.ts';
import { parseTokenizer, type TextTokenizer } from '../encoder/tokenizer.ts';
import { InvalidInput, InvalidPackage } from '../errors.ts';
import { type Instance, textFields } from '../instance/schema.ts';
import { TOKEN_INPUTS } from '../onnx/bert.ts';
import { wordCount } from '../text/count.ts';
import { weightedText } from '../text/weighted.ts';
import type { Adapter, FittedAdapter } from './adapter.ts';

const TOKENIZER_FILE = 'tokenizer.json';

const settingsSchema = z.looseObject({
  /** the text fields that are read, in their order */
  fields: z.array(z.string()).min(1),
  /** of a text; the rest is cut off */
  maxTokens: z.int().positive(),
});

/** Text fields as numbers of tokens, with a mask that tells them from padding. */
export const adapter: Adapter = {
  open(settings, data, schema) {
    const { fields: known } = schema;
    const { success, data: parsed } = settingsSchema.safeParse(settings);
    if (!success || parsed.fields.some((name) => known[name]?.type !== 'text')) {
      throw new InvalidPackage(
        'malformed',
        'signature.json',
        'the adapter tokens needs "fields" of type text, and "maxTokens"',
      );
    }
    const tokenizer = tokenizerIn(data);
    const { fields, maxTokens } = parsed;
    const isWhole = isSame(fields, textFields(schema));
    return {
      inputsOf: (instances) =>
        tokenInputs(instances.map((instance) => tokenizer.encode(encodedText(instance, fields), maxTokens))),
      monitoredOf(instance) {
        const text = encodedText(instance, fields);
        return { textLength: wordCount(text), ...(isWhole && { [SKETCH_FEATURE]: wordSketch(text) }) };
      },
    };
  },
};

export const fittedTokens = (
  tokenizer: Uint8Array,
  fields: readonly string[],
  maxTokens: number,
): FittedAdapter => ({
  settings: { name: 'tokens', file: TOKENIZER_FILE, fields, maxTokens },
  data: tokenizer,
  inputs: TOKEN_INPUTS,
});

/** The one text that an encoder reads of an instance. */
export const encodedText = (instance: Instance, fields: readonly string[]): string =>
  weightedText(
    instance,
    fields.map((name) => ({ name, weight: 1 })),
  );

/** Of other texts than those of the reference a sketch would say nothing. */
const isSame = (fields: readonly string[], texts: readonly string[]): boolean =>
  fields.length === texts.length && texts.every((name) => fields.includes(name));

function tokenizerIn(data: Uint8Array): TextTokenizer {
  try {
    return parseTokenizer(data);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidPackage('malformed', TOKENIZER_FILE, error.message, { cause: error });
  }
}
