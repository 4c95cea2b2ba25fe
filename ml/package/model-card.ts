import type { PackageMetadata } from './metadata.ts';

export const MODEL_CARD_FILE = 'MODEL_CARD.md';

/** A model card (Mitchell et al. 2019, "Model cards for model reporting") for people who did not train it. */
export function modelCard(metadata: PackageMetadata): string {
  const { name, parameters, dataset, training, metrics, temperature, features } = metadata;
  const labels = metrics.perClass.map(({ label }) => label);
  return `# ${name}

A text classifier: given the title and the abstract of a document, it gives each of ${labels.length} labels a
probability. Labels: ${labels.join(', ')}.

## Intended use

Sorting, routing and suggesting, where a person or a later step can put a mistake right, on English documents
like those it was trained on. It always answers with one of its labels, also for a document that none of them
fits: treat a low probability as "don't know". It is not meant for decisions about people.

## Model

TF-IDF of words${parameters.ngram === 2 ? ' and bigrams' : ''} (${whole(features)} features, seen in at least
${parameters.minDf} training documents; idf to the power ${parameters.idfPower}), one-vs-rest linear support vector machines (squared hinge loss,
C = ${parameters.c}), probabilities by softmax at temperature ${temperature.toFixed(3)}. The title counts
${parameters.titleWeight} times. Trained for ${training.epochs} epochs, kept: epoch ${training.bestEpoch}
(${STOP_REASON[training.stopped]}).

## Data

${dataset.description}
${whole(dataset.samples.train)} documents for training, ${whole(dataset.samples.validation)} for validation
(dataset \`${dataset.id}\`, SHA-256 \`${dataset.sha256}\`).

## How well it does

On the ${metrics.split} split, ${whole(metrics.samples)} documents${
    metrics.split === 'validation'
      ? ', which also chose the epoch and the temperature: expect slightly less elsewhere'
      : ''
  }.

| measure | value |
|---|---|
| accuracy | ${percent(metrics.accuracy)} |
| macro-F1 | ${percent(metrics.macroF1)} |
| accuracy, any label of the document counting as right | ${percent(metrics.anyLabelAccuracy)} |
| right label among the first two, three | ${percent(metrics.top2Accuracy)}, ${percent(metrics.top3Accuracy)} |
| accuracy on the most confident 50 %, 80 %, 90 % | ${Object.values(metrics.accuracyAtCoverage).map(percent).join(', ')} |
| expected calibration error (15 bins) | ${percent(metrics.calibrationError)} |
| log loss | ${metrics.logLoss.toFixed(3)} |

| label | precision | recall | F1 | documents |
|---|---|---|---|---|
${metrics.perClass
  .map(
    ({ label, precision, recall, f1, support }) =>
      `| ${label} | ${percent(precision)} | ${percent(recall)} | ${percent(f1)} | ${whole(support)} |`,
  )
  .join('\n')}

## Limits

${limits(metrics)}
- Labels overlap, and the label an author chose is not always the one a reader would choose.
- It counts words and pairs of words, and knows neither meaning nor any word it was not trained on. As the
  vocabulary of a field moves on, accuracy falls: watch the drift of its inputs.
- Probabilities are calibrated for documents like those of the validation split, not for others.

## Training it again

Parameters \`${JSON.stringify(parameters)}\` on the dataset above give the same \`model.onnx\`, byte for byte.
`;
}

const STOP_REASON: Record<PackageMetadata['training']['stopped'], string> = {
  converged: 'training reached the optimum',
  patience: 'validation log loss got no better after it',
  'max-epochs': 'the most epochs allowed were used',
};

/** The weakest label and the commonest mistake, from the figures. */
function limits({ perClass, confusion }: PackageMetadata['metrics']): string {
  const weakest = perClass.reduce((worst, entry) => (entry.f1 < worst.f1 ? entry : worst));
  const mistakes = confusion.flatMap((row, actual) =>
    row.map((count, predicted) => ({ actual, predicted, count: actual === predicted ? 0 : count })),
  );
  const commonest = mistakes.reduce((most, mistake) => (mistake.count > most.count ? mistake : most));
  const lines = [`- Weakest on ${weakest.label} (F1 ${percent(weakest.f1)}).`];
  if (commonest.count > 0) {
    const [actual, predicted] = [perClass[commonest.actual]!.label, perClass[commonest.predicted]!.label];
    lines.push(
      `- Its commonest mistake: ${actual} taken for ${predicted} (${whole(commonest.count)} documents).`,
    );
  }
  return lines.join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function whole(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
