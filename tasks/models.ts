import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDeclaration } from '../kernel/declaration.ts';
import { hyperparameter, namedValues } from '../kernel/texts.ts';
import { rollingFeature } from '../ml/dataset/rolling.ts';
import { taskName } from './declared/schema.ts';

const text = z.string().max(1_000).default('');

/** What a model file says: what the model learns, how it is trained, and what people should know of it. */
const modelFile = z.strictObject({
  model: taskName,
  task: taskName,
  engine: z.string().min(1).max(64),
  parameters: namedValues(hyperparameter).default({}),
  /** numbers that are computed of other records when a dataset is sealed */
  features: z
    .array(z.strictObject({ rolling: rollingFeature }))
    .max(20)
    .default([]),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42),
  owner: text,
  description: text,
  intendedUse: text,
  limits: text,
  licence: text,
  ethics: text,
  caveats: text,
  maintenance: text,
});

/** A model as it is declared: the file, and all of it. */
export interface DeclaredModel extends z.infer<typeof modelFile> {
  /** digest of the file */
  readonly version: string;
  readonly file: string;
}

/** The model that a YAML file declares. INPUT_INVALID names the line and the key. */
export function declaredModel(name: string, file: string): DeclaredModel {
  return { ...parseDeclaration(name, file, modelFile), version: hash('sha256', file).slice(0, 12), file };
}

/** A model that comes with epochlog. */
export interface ShippedModel extends DeclaredModel {
  /** the YAML file of its policy; undefined for the default one */
  readonly policy: string | undefined;
}

/** The models that come with epochlog, by name: those of the files `model.yaml`, and `policy.yaml`, beside the tasks. */
export async function shippedModels(): Promise<Map<string, ShippedModel>> {
  const folders = (await readdir(import.meta.dirname, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  );
  const models = new Map<string, ShippedModel>();
  for (const { name } of folders) {
    const path = join(import.meta.dirname, name, 'model.yaml');
    const file = await readFile(path, 'utf8').catch(() => undefined);
    if (file === undefined) continue;
    const model = declaredModel(path, file);
    const policy = await readFile(join(import.meta.dirname, name, 'policy.yaml'), 'utf8').catch(
      () => undefined,
    );
    models.set(model.model, { ...model, policy });
  }
  return models;
}
