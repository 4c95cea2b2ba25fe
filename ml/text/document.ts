import type { InstanceSchema } from '../instance/schema.ts';
import type { Example } from '../task.ts';

/** A title and an abstract, cleaned. */
export interface Document {
  readonly title: string;
  readonly abstract: string;
}

/** The one text that is featurised: the title, said `titleWeight` times because it says most, and the abstract. */
export function composeText({ title, abstract }: Document, titleWeight: number): string {
  return `${title}\n`.repeat(titleWeight) + abstract;
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

/** A text field, and how many times it counts. */
export interface WeightedField {
  readonly name: string;
  readonly weight: number;
}

/** The one text that is featurised: that of each field as often as it counts. */
export function weightedText(
  instance: Readonly<Record<string, unknown>>,
  fields: readonly WeightedField[],
): string {
  return fields
    .flatMap(({ name, weight }) => Array<string>(weight).fill(String(instance[name] ?? '')))
    .join('\n');
}
