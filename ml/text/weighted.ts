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

/** Fields that make one text, which is featurised by itself; its vector counts `weight` times. */
export interface TextBlock {
  readonly fields: readonly WeightedField[];
  readonly weight: number;
}
