import { z } from 'zod';
import { noTokens } from '../encoder/token-inputs.ts';
import { InvalidPackage } from '../errors.ts';
import type { Adapter, AdapterSettings, FittedAdapter, Tensor } from './adapter.ts';
import { adapter as tfidf } from './tfidf.ts';
import { adapter as tokens } from './tokens.ts';

const BLEND_FILE = 'blend.json';
const FORMAT = 'epochlog-blend-1';
const ADAPTERS = { tfidf, tokens };

const settingsSchema = z.looseObject({
  /** of a cascade: see `fittedBlend` */
  sure: z.string().optional(),
});

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
  open(given, data, schema) {
    const parts = partsOfBlend(data).map(({ settings, data }) => ({
      name: settings.name,
      opened: ADAPTERS[settings.name].open(settings, new TextEncoder().encode(data), schema),
    }));
    const { sure } = settingsOf(given);
    return {
      inputsOf: (instances) => Object.assign({}, ...parts.map(({ opened }) => opened.inputsOf(instances))),
      monitoredOf: (instance) =>
        Object.assign({}, ...parts.map(({ opened }) => opened.monitoredOf(instance))),
      ...(sure !== undefined && {
        cascade: {
          inputsOf: (instances) =>
            Object.assign(
              {},
              ...parts.map(({ name, opened }) =>
                name === 'tokens' ? noTokens(instances.length) : opened.inputsOf(instances),
              ),
            ),
          unsureRows: (outputs) => rowsWithout(sure, outputs),
        },
      }),
    };
  },
};

/** @throws InvalidPackage `malformed` */
function settingsOf(given: AdapterSettings): z.infer<typeof settingsSchema> {
  const { data, error } = settingsSchema.safeParse(given);
  if (data) return data;
  const reason = '"sure" of the adapter blend must be the name of an output';
  throw new InvalidPackage('malformed', 'signature.json', reason, { cause: error });
}

/** @throws InvalidPackage `mismatched` when there is no such output */
function rowsWithout(sure: string, { [sure]: output }: Readonly<Record<string, Tensor>>): number[] {
  if (!(output?.data instanceof Float32Array))
    throw new InvalidPackage('mismatched', 'model.onnx', `it has no output "${sure}" of floats`);
  return [...output.data.entries()].flatMap(([row, isSure]) => (isSure === 0 ? [row] : []));
}

/** @param sure of a cascade, the output that says which rows need no tokens */
export function fittedBlend(parts: readonly FittedAdapter[], sure?: string): FittedAdapter {
  const file = {
    format: FORMAT,
    parts: parts.map(({ settings, data }) => ({ settings, data: new TextDecoder().decode(data) })),
  };
  return {
    settings: { name: 'blend', file: BLEND_FILE, ...(sure !== undefined && { sure }) },
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
