import { z } from 'zod';
import * as texts from '../../../kernel/texts.ts';
import { MAX_INSTANCES } from './tensors.ts';

const MAX_TENSORS = texts.LIMITS.columns;

const parameters = texts.namedValues(z.union([texts.lookup, z.number(), z.boolean()])).optional();

const value = z.union([texts.value, z.number(), z.boolean(), z.null()]);

export const inferBody = z
  .object({
    id: texts.identifier.optional().describe("the client's own; it comes back with the answer"),
    parameters: parameters.describe(
      '`routing_key`: what shares of traffic are taken by, such as a user; others have no effect',
    ),
    inputs: z
      .array(
        z.object({
          name: texts.identifier.describe('of the field'),
          shape: z.array(z.int().min(0)).min(1).max(2).describe('[n], or [n, 1]'),
          datatype: z.string().max(20),
          parameters,
          data: z
            .array(z.union([value, z.array(value).max(1)]))
            .max(MAX_INSTANCES)
            .describe('a value for each instance'),
        }),
      )
      .min(1)
      .max(MAX_TENSORS),
    outputs: z
      .array(z.object({ name: texts.identifier, parameters }))
      .max(MAX_TENSORS)
      .optional()
      .describe('that are wanted; all, if left out'),
  })
  .meta({
    id: 'InferRequest',
    example: { inputs: [{ name: 'seats', shape: [1], datatype: 'FP64', data: [12] }] },
  });

const tensor = z.object({
  name: z.string(),
  shape: z.array(z.number()).readonly(),
  datatype: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});

export const inferAnswer = z
  .object({
    model_name: z.string(),
    model_version: z
      .string()
      .describe('that answered; each instance may have been answered by another while one is deployed'),
    id: z.string().optional(),
    outputs: z.array(tensor.extend({ data: z.array(z.union([z.string(), z.number()])).readonly() })),
  })
  .meta({ id: 'InferAnswer' });

export const modelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()).describe('that can be asked by their name now'),
    platform: z.string(),
    inputs: z.array(tensor),
    outputs: z.array(tensor),
  })
  .meta({ id: 'InferModel' });

export const serverMetadata = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});

export const serverLive = z.object({ live: z.boolean() });
export const serverReady = z.object({ ready: z.boolean() });
export const modelReady = serverReady.extend({ name: z.string() });

export const inferFailure = z.object({ error: z.string() }).meta({ id: 'InferFailure' });

const model = texts.identifier.describe('name of the model');

export const ofModel = z.object({ model });
export const ofVersion = z.object({ model, version: texts.version });
