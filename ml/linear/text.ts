import { encodeCorpus } from '../features/corpus.ts';
import { Featuriser } from '../features/tfidf.ts';
import { buildVocabulary } from '../features/vocabulary.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import type { SparseMatrix } from '../matrix.ts';
import { type WeightedField, weightedText } from '../text/weighted.ts';
import type { LinearParameters } from './parameters.ts';

/** Text fields as TF-IDF vectors. */
export class TextEncoder {
  readonly kind = 'text';
  readonly featuriser: Featuriser;
  readonly fields: readonly WeightedField[];

  constructor(featuriser: Featuriser, fields: readonly WeightedField[]) {
    this.featuriser = featuriser;
    this.fields = fields;
  }

  get columns(): number {
    return this.featuriser.columns;
  }

  encode(instances: readonly Instance[]): SparseMatrix {
    return this.featuriser.featuriseAll(texts(instances, this.fields));
  }
}

/** Learns the vocabulary; tokenises the training texts once. @throws InvalidInput `empty-vocabulary` */
export function fitText(
  { fields: known }: InstanceSchema,
  instances: readonly Instance[],
  parameters: LinearParameters,
): { encoder: TextEncoder; features: SparseMatrix } {
  const fields = weighted(Object.keys(known), parameters.titleWeight);
  const corpus = encodeCorpus(texts(instances, fields));
  const featuriser = new Featuriser(buildVocabulary(corpus, parameters), parameters.idfPower);
  return { encoder: new TextEncoder(featuriser, fields), features: featuriser.transform(corpus) };
}

/** The first of several fields is the title. */
const weighted = (names: readonly string[], titleWeight: number): WeightedField[] =>
  names.map((name, at) => ({ name, weight: at === 0 && names.length > 1 ? titleWeight : 1 }));

/** The texts of instances, composed one at a time. */
function* texts(instances: readonly Instance[], fields: readonly WeightedField[]): Generator<string> {
  for (const instance of instances) yield weightedText(instance, fields);
}
