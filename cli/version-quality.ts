import { cell, type Listing } from './listing.ts';

/** `epochlog version quality`: versions beside each other, as far as outcomes have come. */
export const QUALITY_OF_VERSIONS: Listing = {
  description: 'how versions did on all that they served, as far as outcomes have come',
  query: 'quality/by-version',
  params: { version: null },
  isOfEnvironment: true,
  isOfTime: true,
  columns: {
    model: cell('model'),
    version: cell('version'),
    predictions: cell('predictions'),
    failed: cell('failures'),
    'with outcome': ({ labelled, missing }) => `${labelled} (${share(1 - Number(missing))})`,
    accuracy: ({ accuracy }) => share(accuracy),
    'macro F1': ({ macroF1 }) => (typeof macroF1 === 'number' ? macroF1.toFixed(3) : '-'),
    rmse: ({ rmse }) => (typeof rmse === 'number' ? rmse.toPrecision(4) : '-'),
    confidence: ({ confidence }) => (typeof confidence === 'number' ? confidence.toFixed(2) : '-'),
    labels: ({ labels, predictions }) =>
      mostOf(labels as Readonly<Record<string, number>>, Number(predictions)),
  },
};

const SHOWN_LABELS = 4;

const share = (value: unknown): string => (typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : '-');

/** The labels answered most often, each with its share. */
function mostOf(labels: Readonly<Record<string, number>>, predictions: number): string {
  const sorted = Object.entries(labels).toSorted(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, SHOWN_LABELS).map(([label, n]) => `${label} ${share(n / predictions)}`);
  return [...shown, ...(sorted.length > SHOWN_LABELS ? ['…'] : [])].join(', ') || '-';
}
