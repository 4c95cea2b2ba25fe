import { InvalidInput } from '../errors.ts';
import { type InstanceSchema, textFields } from '../instance/schema.ts';
import { isTargetOf, type LearningProblem, labelsOf } from '../problem.ts';
import { wordCount } from '../text/count.ts';
import type { DatasetHeader, DatasetSample } from './format.ts';

/** Words of all texts of a sample together. A task that takes shorter texts says so in its schema. */
const MIN_WORDS = 10;
/** samples that an error lists of each kind */
const MAX_LISTED = 20;

/**
 * Whether a model can learn from the samples of a dataset: texts long enough, targets that the task has. The curator has looked
 * at each of them; what came into a dataset in another way is found here.
 *
 * @param samples in the order of the dataset
 * @throws InvalidInput `samples`, which lists the offending ones by their index from 0 and their id
 */
export function assertTrainable({ task, schema }: DatasetHeader, samples: readonly DatasetSample[]): void {
  const faults = [shortTexts(schema, samples), strangeTargets(task, samples)].filter(
    (fault) => fault !== undefined,
  );
  if (faults.length === 0) return;
  throw new InvalidInput(
    'samples',
    `the dataset has samples that cannot be learnt from: ${faults.join('; ')}. Correct or withdraw these records, and seal a dataset without them`,
  );
}

function shortTexts(schema: InstanceSchema, samples: readonly DatasetSample[]): string | undefined {
  const fields = textFields(schema);
  const minimum = Math.min(MIN_WORDS, schema.minimumWords ?? MIN_WORDS);
  if (fields.length === 0) return undefined;
  const wordsOf = ({ instance }: DatasetSample) =>
    fields.reduce((words, field) => words + wordCount(String(instance[field] ?? ''), minimum - words), 0);
  return listed(samples, (sample) => wordsOf(sample) < minimum, `fewer than ${minimum} words`);
}

function strangeTargets(task: LearningProblem, samples: readonly DatasetSample[]): string | undefined {
  const what = labelsOf(task) ? 'a label that is not in the set' : 'a number out of the range';
  return listed(samples, ({ target }) => !isTargetOf(task, target), what);
}

function listed(
  samples: readonly DatasetSample[],
  isWrong: (sample: DatasetSample) => boolean,
  what: string,
): string | undefined {
  const wrong = samples.flatMap((sample, index) => (isWrong(sample) ? `${index} (${sample.id})` : []));
  if (wrong.length === 0) return undefined;
  const places = wrong.slice(0, MAX_LISTED);
  const more = wrong.length > MAX_LISTED ? ` and ${wrong.length - MAX_LISTED} more` : '';
  return `${what} at ${places.join(', ')}${more}`;
}
