import { percent } from '../../ml/metrics/format.ts';

/** Of one instance. */
export interface Prediction {
  /** of the event in the log; undefined where none was written */
  readonly requestId?: string;
  /** that the user gave */
  readonly id?: string;
  readonly label?: string;
  /** of a model of several labels */
  readonly labels?: readonly { readonly label: string; readonly probability: number }[];
  readonly confidence?: number;
  /** whether the confidence is below that of the policy */
  readonly unsure?: boolean;
  readonly value?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Of several instances, by one version. */
export interface Answer {
  readonly model: string;
  readonly version: string;
  /** in production by the log; null when none is */
  readonly decidedVersion: string | null;
  readonly unit?: string;
  /** false where no event tells of the predictions */
  readonly recorded?: boolean;
  readonly predictions: readonly Prediction[];
}

/** A prediction on a line: of what, the answer, and whose it is. `top` labels are shown. */
export const lineOf = (prediction: Prediction, answer: Answer, top: number): string =>
  `${named(prediction)}${answerIn(prediction, top, answer.unit)}  (${answeredBy(answer)})`;

/** What a file holds of a prediction. */
export const rowOf = (prediction: Prediction, { model, version }: Answer, top: number) => ({
  id: prediction.id ?? prediction.requestId ?? null,
  requestId: prediction.requestId ?? null,
  ...(prediction.value === undefined
    ? {
        label: prediction.label,
        ...(prediction.labels && { labels: prediction.labels }),
        confidence: prediction.confidence,
        unsure: prediction.unsure,
      }
    : { value: prediction.value }),
  ...(top > 1 && { top: Object.fromEntries(mostProbable(prediction, top)) }),
  model,
  version,
});

function named({ id, requestId }: Prediction): string {
  const name = id ?? requestId;
  return name === undefined ? '' : `${name}  `;
}

const mostProbable = (
  { probabilities = {} }: Prediction,
  top: number,
): [label: string, probability: number][] =>
  Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, top);

function answerIn(prediction: Prediction, top: number, unit = ''): string {
  const { label, confidence, unsure, value } = prediction;
  if (value !== undefined) return `${Number(value.toPrecision(6))} ${unit}`.trimEnd();
  const mark = unsure ? '  unsure' : '';
  if (top === 1 && prediction.labels) return `${namesIn(prediction.labels)}${mark}`;
  if (top === 1) return `${label}  ${percent(confidence ?? null)}${mark}`;
  const labels = mostProbable(prediction, top).map(
    ([name, probability]) => `${name}  ${percent(probability)}`,
  );
  return `${labels.join('  ')}${mark}`;
}

const namesIn = (labels: NonNullable<Prediction['labels']>): string =>
  labels.map(({ label, probability }) => `${label}  ${percent(probability)}`).join('  ') || 'no label';

function answeredBy({ model, version, decidedVersion, recorded = true }: Answer): string {
  if (!recorded) return `${model} ${version}, not in the log`;
  if (version === decidedVersion) return `${model} ${version}`;
  return `${model} ${version}; ${decidedVersion} is in production and cannot be served`;
}
