import { z } from 'zod';
import { InvalidPackage } from '../errors.ts';
import type { Adapter, FittedAdapter } from './adapter.ts';
import { adapter as tfidf } from './tfidf.ts';
import { adapter as tokens } from './tokens.ts';

const BLEND_FILE = 'blend.json';
const FORMAT = 'epochlog-blend-1';
const ADAPTERS = { tfidf, tokens };

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  parts: z
    .array(
      z.strictObject({
        settings: z.looseObject({ name: z.enum(['tfidf', 'tokens']), file: z.string() }),
        /** what its file would hold, a text */
        data: z.string(),
      }),
    )
    .min(1),
});

/** The inputs of several adapters for one graph, each under its own names. */
export const adapter: Adapter = {
  open(_, data, schema) {
    const parts = partsOfBlend(data).map(({ settings, data }) =>
      ADAPTERS[settings.name].open(settings, new TextEncoder().encode(data), schema),
    );
    return {
      inputsOf: (instances) => Object.assign({}, ...parts.map((part) => part.inputsOf(instances))),
      monitoredOf: (instance) => Object.assign({}, ...parts.map((part) => part.monitoredOf(instance))),
    };
  },
};

export function fittedBlend(parts: readonly FittedAdapter[]): FittedAdapter {
  const file = {
    format: FORMAT,
    parts: parts.map(({ settings, data }) => ({ settings, data: new TextDecoder().decode(data) })),
  };
  return {
    settings: { name: 'blend', file: BLEND_FILE },
    data: new TextEncoder().encode(`${JSON.stringify(file)}\n`),
    inputs: parts.flatMap(({ inputs }) => inputs),
  };
}

/** The adapters of a blend, each with its settings and its file as a text. @throws InvalidPackage `malformed` */
export function partsOfBlend(data: Uint8Array): z.infer<typeof fileSchema>['parts'] {
  try {
    return fileSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data))).parts;
  } catch (cause) {
    throw new InvalidPackage('malformed', BLEND_FILE, 'not the parts of a blend; is it truncated?', {
      cause,
    });
  }
}
