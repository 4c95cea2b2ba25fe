import { hash } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { type DatasetSample, decodeDataset } from '../../ml/dataset/format.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { cleanInstance } from '../../ml/instance/validate.ts';
import { readLines } from '../../ml/records/lines.ts';
import { DOCUMENT_SCHEMA } from '../../ml/text/document.ts';
import { parsePaper } from '../../tasks/arxiv/paper.ts';

/** A clean instance whose label is known. */
export interface Sample {
  /** of its paper */
  readonly id: string;
  readonly instance: Instance;
  readonly label: string;
  /** all labels that its authors gave it */
  readonly categories: readonly string[];
}

/** Samples of a source, and the lines in it that are none. */
export interface Source {
  readonly samples: readonly Sample[];
  readonly unreadable: number;
}

/** The test split of a dataset: never trained on, and not what chose the epoch or the temperature. */
export async function readTestSplit(artifacts: ArtifactStore, digest: string): Promise<Source> {
  const samples = await decodeDataset(await artifacts.get(digest), ['test']);
  return { samples: samples.map(toSample), unreadable: 0 };
}

/** Papers as arXiv lists them, one a line, cleaned as samples are; lines that are no papers are left out. */
export async function readPapers(artifacts: ArtifactStore, digest: string): Promise<Source> {
  const samples: Sample[] = [];
  let unreadable = 0;
  for await (const line of readLines({ name: `the papers ${digest}`, bytes: await artifacts.get(digest) })) {
    const { paper } = parsePaper(line);
    if (!paper) unreadable += 1;
    else
      samples.push({
        instance: cleanInstance(DOCUMENT_SCHEMA, { title: paper.title, abstract: paper.abstract }),
        id: paper.arxivId,
        label: paper.primaryCategory,
        categories: paper.categories,
      });
  }
  return { samples, unreadable };
}

/** What was learnt from, and is no test of what was learnt. */
export interface TrainingSplit {
  /** whether a paper is in it, by its id or its text */
  has(sample: Sample): boolean;
}

/** The training split of a sealed dataset. */
export async function readTrainingSplit(artifacts: ArtifactStore, digest: string): Promise<TrainingSplit> {
  const known = new Set<string>();
  for (const sample of await decodeDataset(await artifacts.get(digest), ['train'])) {
    known.add(sample.id);
    known.add(contentHash(toSample(sample)));
  }
  return { has: (sample) => known.has(sample.id) || known.has(contentHash(sample)) };
}

const toSample = ({ id, label, categories, title, abstract }: DatasetSample): Sample => ({
  id,
  label,
  categories,
  instance: { title, abstract },
});

const contentHash = ({ instance }: Sample): string => hash('sha256', JSON.stringify(instance), 'base64');

/** What an evaluation takes of its source. */
export interface Choice {
  /** the labels of each model */
  labelSets: readonly (readonly string[])[];
  /** the training splits of the models */
  training: readonly TrainingSplit[];
  includeTraining: boolean;
}

/** The samples whose label all models know, without those that a model has learnt from. INPUT_EMPTY when there is none. */
export function usableSamples({ samples, unreadable }: Source, choice: Choice) {
  const { labelSets, training, includeTraining } = choice;
  const known = samples.filter(({ label }) => labelSets.every((labels) => labels.includes(label)));
  const unseen = known.filter((sample) => !training.some((split) => split.has(sample)));
  const usable = includeTraining ? known : unseen;
  const inTraining = known.length - unseen.length;
  const leftOut = { unknownLabel: samples.length - known.length, unreadable };
  if (usable.length > 0) return { usable, inTraining, leftOut };
  throw new EpochlogError(
    'INPUT_EMPTY',
    `no paper to measure with: ${leftOut.unknownLabel} have another label than ${labelSets[0]?.join(', ')}, ` +
      `${inTraining} were in the training split, ${unreadable} lines are no papers`,
  );
}
