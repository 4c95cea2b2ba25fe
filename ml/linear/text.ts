import { InvalidInput } from '../errors.ts';
import { encodeCorpus } from '../features/corpus.ts';
import type { TextFeaturiser } from '../features/features-file.ts';
import { fitHashed } from '../features/hashed.ts';
import { Featuriser } from '../features/tfidf.ts';
import { buildVocabulary } from '../features/vocabulary.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { besideEachOther, type SparseMatrix } from '../matrix.ts';
import { type TextBlock, weightedText } from '../text/weighted.ts';
import { blocksOf } from './fields.ts';
import type { LinearParameters } from './parameters.ts';

export interface FeaturisedBlock extends TextBlock {
  readonly featuriser: TextFeaturiser;
}

/** Blocks of text fields as TF-IDF vectors, beside each other. */
export class TextEncoder {
  readonly kind = 'text';
  readonly blocks: readonly FeaturisedBlock[];

  constructor(blocks: readonly FeaturisedBlock[]) {
    this.blocks = blocks;
  }

  get columns(): number {
    return this.blocks.reduce((sum, { featuriser }) => sum + featuriser.columns, 0);
  }

  encode(instances: readonly Instance[]): SparseMatrix {
    const parts = this.blocks.map((block) => block.featuriser.featuriseAll(texts(instances, block)));
    return besideEachOther(parts, this.blocks);
  }
}

/** Those of the features of texts. */
export type TextParameters = Pick<
  LinearParameters,
  'ngram' | 'minDf' | 'maxFeatures' | 'hashing' | 'fields' | 'idfPower' | 'titleWeight'
>;

/** Learns the vocabulary; tokenises the training texts once. @throws InvalidInput `parameter` or `empty-vocabulary` */
export function fitText(
  schema: InstanceSchema,
  instances: readonly Instance[],
  parameters: TextParameters,
): { encoder: TextEncoder; features: SparseMatrix } {
  const fitted = blocksOf(schema, parameters).map((block) => ({
    block,
    ...fitBlock(block, instances, parameters),
  }));
  const encoder = new TextEncoder(fitted.map(({ block, featuriser }) => ({ ...block, featuriser })));
  const parts = fitted.map(({ features }) => features);
  return { encoder, features: besideEachOther(parts, encoder.blocks) };
}

function fitBlock(
  block: TextBlock,
  instances: readonly Instance[],
  parameters: TextParameters,
): { featuriser: TextFeaturiser; features: SparseMatrix } {
  const { hashing: bits, ngram, minDf, idfPower } = parameters;
  if (bits > 0) return fitHashed(texts(instances, block), { bits, ngram, minDf, idfPower });
  const corpus = encodeCorpus(texts(instances, block));
  try {
    const featuriser = new Featuriser(buildVocabulary(corpus, parameters), idfPower);
    return { featuriser, features: featuriser.transform(corpus) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const names = block.fields.map(({ name }) => name).join(' and ');
    throw new InvalidInput(error.code, `${names}: ${error.message}`, { cause: error });
  }
}

/** The texts of instances, composed one at a time. */
function* texts(instances: readonly Instance[], { fields }: TextBlock): Generator<string> {
  for (const instance of instances) yield weightedText(instance, fields);
}
