import { thresholdOf } from '../answers.ts';
import type { ExportedModel } from '../engines/engine.ts';
import type { Field, InstanceSchema } from '../instance/schema.ts';
import type { ClassificationMetrics } from '../metrics/classification.ts';
import type { LabelMetrics, MultilabelMetrics } from '../metrics/multilabel.ts';
import type { RegressionMetrics } from '../metrics/regression.ts';
import type { LearningProblem } from '../problem.ts';
import type { PackageMetadata } from './metadata.ts';

export const MODEL_CARD_FILE = 'MODEL_CARD.md';

/** A model card (Mitchell et al. 2019, "Model cards for model reporting") for people who did not train it. */
export function modelCard(
  metadata: PackageMetadata,
  { description, limits }: Pick<ExportedModel, 'description' | 'limits'>,
  task: LearningProblem,
  schema: InstanceSchema,
): string {
  const { name, engine, parameters, seed, dataset, metrics, start } = metadata;
  return `# ${name}

${whatItDoes(task)}

| field | type | |
|---|---|---|
${Object.entries(schema.fields).map(fieldRow).join('\n')}

## Intended use

Sorting, routing, ranking and suggesting, where a person or a later step can correct a mistake, on instances like those
it was trained on. It always answers, also for an instance unlike all of them${
    task.type !== 'regression' ? ': treat a low probability as "don\'t know"' : ''
  }. It is not meant for decisions about people.

## Model

${description}

## Data

${dataset.description}
${whole(dataset.samples.train)} samples for training, ${whole(dataset.samples.validation)} for validation
(dataset \`${dataset.id}\`, SHA-256 \`${dataset.sha256}\`).

${thresholdText(task, parameters)}## How well it does

On the ${metrics.split} split, ${whole(metrics.samples)} samples${
    metrics.split === 'validation' ? ', which also decided when to stop: expect slightly less elsewhere' : ''
  }.

${figuresOf(metrics, task)}

## Limits

${[...weaknessesOf(metrics), ...limits].map((limit) => `- ${limit}`).join('\n')}

## Training it again

Engine \`${engine}\`, parameters \`${JSON.stringify(parameters)}\` and seed ${seed} on the dataset above${start ? `, started from ${start.version} (\`${start.package}\`),` : ''} give the same
\`model.onnx\`, byte for byte.
`;
}

/** Where the threshold comes from, as a section; nothing without one. */
function thresholdText(task: LearningProblem, parameters: PackageMetadata['parameters']): string {
  const threshold = task.type === 'regression' ? undefined : task.threshold;
  if (threshold === undefined) return '';
  const { threshold: asked, falseNegativeCost } = parameters;
  const why =
    typeof asked === 'number'
      ? 'as it was asked for'
      : `tuned on the validation split for ${asked === 'cost' ? `the least cost, a missed label costing ${falseNegativeCost} times one that is given wrongly` : asked === 'f1' ? 'the highest F1' : "Youden's J, recall plus specificity"}`;
  return `## Decision\n\nThe threshold is ${shown(threshold)}, ${why}.\n\n`;
}

const shown = (probability: number): string => String(Number(probability.toPrecision(4)));

/** In a sentence: what the model answers. */
export function whatItDoes(task: LearningProblem): string {
  if (task.type === 'regression') {
    return `A regression model of the task ${task.name}: it answers with a number${task.unit ? ` (${task.unit})` : ''}.`;
  }
  const { name, labels } = task;
  if (task.type === 'multilabel')
    return `A model of several labels, of the task ${name}: it gives each of ${labels.length} labels a probability by itself, and answers with those of ${shown(thresholdOf(task))} or more. Labels: ${labels.join(', ')}.`;
  const decision =
    task.threshold === undefined
      ? ''
      : ` It answers ${labels[1]} from a probability of ${shown(task.threshold)} on.`;
  return `A classifier of the task ${name}: it gives each of ${labels.length} labels a probability.${decision} Labels: ${labels.join(', ')}.`;
}

/** A row of the table of fields. */
export function fieldRow([name, field]: [string, Field]): string {
  const { type, required, description } = field;
  const notes = [
    description,
    field.type === 'number' && field.computed,
    required && 'required',
    ...(field.type === 'number' ? [field.unit, rangeOf(field)] : []),
    field.type === 'category' && field.values?.join(', '),
  ];
  return `| ${name} | ${type} | ${notes.filter(Boolean).join('; ')} |`;
}

function rangeOf({ minimum, maximum }: Field & { type: 'number' }): string {
  if (minimum === undefined) return maximum === undefined ? '' : `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

function figuresOf(metrics: PackageMetadata['metrics'], task: LearningProblem): string {
  if (metrics.type === 'regression') return regressionFigures(metrics, task);
  const figures = metrics.type === 'multilabel' ? multilabelFigures(metrics) : classificationFigures(metrics);
  return `${figures}\n\n${labelFigures(metrics.perClass)}`;
}

const weaknessesOf = (metrics: PackageMetadata['metrics']): string[] =>
  metrics.type === 'classification' ? weaknesses(metrics) : [];

const multilabelFigures = (metrics: MultilabelMetrics): string => `| measure | value |
|---|---|
| micro-F1 (precision, recall) | ${percent(metrics.microF1)} (${percent(metrics.microPrecision)}, ${percent(metrics.microRecall)}) |
| macro-F1 | ${percent(metrics.macroF1)} |
| samples whose labels are all right | ${percent(metrics.subsetAccuracy)} |
| labels of samples that are wrong (Hamming loss) | ${percent(metrics.hammingLoss)} |
| Jaccard index, mean over the samples | ${percent(metrics.jaccard)} |
| log loss, mean over the labels | ${metrics.logLoss.toFixed(3)} |`;

const classificationFigures = (metrics: ClassificationMetrics): string => `| measure | value |
|---|---|
| accuracy | ${percent(metrics.accuracy)} |
| macro-F1 | ${percent(metrics.macroF1)} |
| accuracy, any label of the sample counting as right | ${percent(metrics.anyLabelAccuracy)} |
| right label among the first two, three | ${percent(metrics.top2Accuracy)}, ${percent(metrics.top3Accuracy)} |
| accuracy on the most confident 50 %, 80 %, 90 % | ${Object.values(metrics.accuracyAtCoverage).map(percent).join(', ')} |
| expected calibration error (15 bins) | ${percent(metrics.calibrationError)} |
| log loss | ${metrics.logLoss.toFixed(3)} |`;

const labelFigures = (
  perClass: readonly LabelMetrics[],
): string => `| label | precision | recall | F1 | samples |
|---|---|---|---|---|
${perClass
  .map(
    ({ label, precision, recall, f1, support }) =>
      `| ${label} | ${percent(precision)} | ${percent(recall)} | ${percent(f1)} | ${whole(support)} |`,
  )
  .join('\n')}`;

function regressionFigures({ rmse, mae, r2 }: RegressionMetrics, task: LearningProblem): string {
  const unit = task.type === 'regression' && task.unit ? ` (${task.unit})` : '';
  return `| measure | value |
|---|---|
| root mean squared error${unit} | ${rmse.toPrecision(4)} |
| mean absolute error${unit} | ${mae.toPrecision(4)} |
| variance explained (R²) | ${percent(r2)} |`;
}

/** The weakest label and the most frequent mistake, from the figures. */
function weaknesses({ perClass, confusion }: ClassificationMetrics): string[] {
  const weakest = perClass.reduce((worst, entry) => (entry.f1 < worst.f1 ? entry : worst));
  const mistakes = confusion.flatMap((row, actual) =>
    row.map((count, predicted) => ({ actual, predicted, count: actual === predicted ? 0 : count })),
  );
  const worst = mistakes.reduce((most, mistake) => (mistake.count > most.count ? mistake : most));
  const [actual, predicted] = [perClass[worst.actual]!.label, perClass[worst.predicted]!.label];
  return [
    `Weakest on ${weakest.label} (F1 ${percent(weakest.f1)}).`,
    ...(worst.count > 0
      ? [`Its most frequent mistake: ${actual} taken for ${predicted} (${whole(worst.count)} samples).`]
      : []),
    'Labels overlap, and the label that a sample was given is not always the one that another person would give.',
    'Probabilities are calibrated for samples like those of the validation split, not for others.',
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function whole(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
