import type { Instance } from '../instance/schema.ts';

export type Severity = 'critical' | 'warning';

/** What must hold of the samples of a dataset. Shares are of the samples that it is about. */
export type Expectation = {
  readonly text: string;
  readonly severity: Severity;
} /** at most such a share of the samples has no value */ & (
  | { readonly kind: 'missing'; readonly column: string; readonly share: number }
  /** at most such a share of the values is far from the others */
  | { readonly kind: 'outliers'; readonly column: string; readonly share: number }
  | {
      readonly kind: 'valid';
      /** whether a sample is as it should be; null for one that it is not about */
      readonly holds: (instance: Instance, target: string | number) => boolean | null;
      /** at most such a share is not */
      readonly share: number;
    }
  /** the least share of samples that the rarest class has */
  | { readonly kind: 'balance'; readonly share: number }
);

/** How an expectation was met. */
export interface Finding {
  readonly expectation: string;
  readonly severity: Severity;
  readonly holds: boolean;
  /** share of the samples that it is about; of a balance, that of the rarest class */
  readonly share: number;
  readonly limit: number;
  readonly failed: number;
  readonly samples: number;
  /** ids of samples that are not as they should be, the first 20 */
  readonly rows: readonly string[];
}

/** Whether a dataset may be made of the samples. */
export const isRefused = (findings: readonly Finding[]): boolean =>
  findings.some(({ holds, severity }) => !holds && severity === 'critical');

/** What is wrong, a sentence for each expectation that does not hold. */
export function toldFinding({ expectation, failed, samples, share, limit, rows }: Finding): string {
  const percent = (value: number) => `${Number((100 * value).toFixed(2))} %`;
  const which = rows.length === 0 ? '' : `: ${rows.join(', ')}${failed > rows.length ? ', …' : ''}`;
  return `'${expectation}' is broken by ${failed} of ${samples} samples (${percent(share)}, the bound is ${percent(limit)})${which}`;
}
