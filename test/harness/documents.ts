import type { InstanceSchema } from '../../ml/instance/schema.ts';
import type { Example } from '../../ml/problem.ts';

/** A title and an abstract, cleaned. */
export interface Document {
  readonly title: string;
  readonly abstract: string;
}

/** Documents as instances. */
export const DOCUMENT_SCHEMA: InstanceSchema = {
  fields: {
    title: { type: 'text', required: true, markup: 'latex' },
    abstract: { type: 'text', markup: 'latex' },
  },
};

export interface LabelledDocument extends Document {
  readonly label: string;
  /** Labels that it also has (a cross-listed paper): it is no example against those. */
  readonly otherLabels?: readonly string[];
}

export const exampleOf = ({ title, abstract, label, otherLabels = [] }: LabelledDocument): Example => ({
  instance: { title, abstract },
  target: label,
  otherLabels,
});
