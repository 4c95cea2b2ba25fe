import { InvalidPackage } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { padBatch } from '../onnx/linear.ts';
import { cleanText, wordCount } from '../text/clean.ts';
import { composeText, type Document } from '../text/document.ts';
import { MODEL_FILE, type ModelPackage, validatePackage } from './package.ts';
import type { PackageFiles } from './sums.ts';

/** A dense tensor, row-major. */
interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** What is watched of a text that comes in. */
export interface InputStatistics {
  /** words of title and abstract */
  readonly textLength: number;
  /** share of words outside the model's vocabulary */
  readonly rareWordShare: number;
}

/** A package ready to serve, but for whatever runs its graph. */
export interface OpenPackage {
  readonly labels: readonly string[];
  /** the bytes of `model.onnx` */
  readonly onnx: Uint8Array;
  /** the content hash of the sealed dataset it was trained on, if its metadata name one */
  readonly trainedOn: string | undefined;
  /** The inputs of the graph for one batch of cleaned documents. */
  inputsOf(documents: readonly Document[]): Record<string, Tensor>;
  /**
   * The outputs of the graph as one row per document, one column per label.
   *
   * @throws InvalidPackage `mismatched` when they are something else
   */
  probabilitiesOf(outputs: Readonly<Record<string, Tensor>>): DenseMatrix;
  statisticsOf(document: Document): InputStatistics;
}

/** @throws InvalidPackage when the package is not whole, see `validatePackage` */
export function openPackage(files: PackageFiles): OpenPackage {
  const { onnx, signature, featuriser, metadata }: ModelPackage = validatePackage(files);
  const { labels, text, padding } = signature;
  return {
    labels,
    onnx,
    trainedOn: contentHashIn(metadata),

    inputsOf(documents) {
      const rows = documents.map((document) => featuriser.featurise(composeText(document, text.titleWeight)));
      const { shape, indices, values } = padBatch(rows, padding);
      return { indices: { dims: shape, data: indices }, values: { dims: shape, data: values } };
    },

    probabilitiesOf({ probabilities }) {
      const [rows, columns, ...more] = probabilities?.dims ?? [];
      const values = probabilities?.data;
      if (!(values instanceof Float32Array) || more.length > 0 || columns !== labels.length || !rows) {
        throw new InvalidPackage(
          'mismatched',
          MODEL_FILE,
          `gives no probabilities of ${labels.length} labels`,
        );
      }
      return { rows, columns, values };
    },

    statisticsOf(document) {
      return {
        textLength: wordCount(document.title) + wordCount(document.abstract),
        rareWordShare: featuriser.rareWordShare(composeText(document, 1)),
      };
    },
  };
}

function contentHashIn({ dataset }: ModelPackage['metadata']): string | undefined {
  const isObject = typeof dataset === 'object' && dataset !== null;
  return isObject && 'sha256' in dataset && typeof dataset.sha256 === 'string' ? dataset.sha256 : undefined;
}

/** A text from outside as the model reads it: cleaned as the samples were that it learnt from. */
export const cleanDocument = ({ title, abstract }: Document): Document => ({
  title: cleanText(title),
  abstract: cleanText(abstract),
});
