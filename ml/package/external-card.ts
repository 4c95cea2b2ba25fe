import type { InstanceSchema } from '../instance/schema.ts';
import type { LearningProblem } from '../problem.ts';
import type { ExternalSignature } from './external-signature.ts';
import { fieldRow, whatItDoes } from './model-card.ts';

/** The model card of a model that was trained elsewhere: what its signature says, and nothing that was not told. */
export function externalCard(
  name: string,
  { trainer, description, limits, trainedOn, dataset, parameters, metrics, libraries }: ExternalSignature,
  task: LearningProblem,
  schema: InstanceSchema,
): string {
  const rows = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([key, value]) => `- ${key}: ${value}`);
  const section = (title: string, lines: readonly string[]) => [`## ${title}\n`, ...lines, ''];
  return [
    `# ${name}\n`,
    `${whatItDoes(task)}\n`,
    '| field | type | |\n|---|---|---|',
    ...Object.entries(schema.fields).map(fieldRow),
    '',
    ...section('Model', [
      description || 'Not described.',
      '',
      `Trained elsewhere, by ${trainer}.`,
      ...rows(libraries),
    ]),
    ...section('Data', [
      trainedOn || (dataset ? `The training split of the dataset ${dataset}.` : 'Not described.'),
    ]),
    ...section('How well it does', [
      'As its trainer reports; its evaluation on the test split is in the log.',
      ...rows(metrics),
    ]),
    ...section('Limits', [limits || 'Not described.']),
    ...section('Parameters', rows(parameters)),
  ].join('\n');
}
