import { EpochlogError } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { decodeDataset } from '../../ml/dataset/format.ts';
import { cleanDocument } from '../../ml/package/open.ts';
import { readLines } from '../../ml/papers/lines.ts';
import { parsePaper } from '../../ml/papers/paper.ts';
import type { Document } from '../../ml/text/document.ts';

/** A cleaned document whose label is known. */
export interface Sample extends Document {
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
  return { samples: await decodeDataset(await artifacts.get(digest), ['test']), unreadable: 0 };
}

/** Papers as arXiv lists them, one a line, cleaned as samples are; lines that are no papers are left out. */
export async function readPapers(artifacts: ArtifactStore, digest: string): Promise<Source> {
  const samples: Sample[] = [];
  let unreadable = 0;
  for await (const line of readLines({ name: `the papers ${digest}`, bytes: await artifacts.get(digest) })) {
    const { paper } = parsePaper(line);
    if (!paper) unreadable += 1;
    else
      samples.push({ ...cleanDocument(paper), label: paper.primaryCategory, categories: paper.categories });
  }
  return { samples, unreadable };
}

/** The samples whose label all models know. INPUT_EMPTY when there is none. */
export function usableSamples({ samples, unreadable }: Source, labelSets: readonly (readonly string[])[]) {
  const usable = samples.filter(({ label }) => labelSets.every((labels) => labels.includes(label)));
  const leftOut = { unknownLabel: samples.length - usable.length, unreadable };
  if (usable.length > 0) return { usable, leftOut };
  throw new EpochlogError(
    'INPUT_EMPTY',
    `no paper to measure with: ${leftOut.unknownLabel} have another label than ${labelSets[0]?.join(', ')}, ` +
      `${unreadable} lines are no papers`,
  );
}
