import { basename } from 'node:path';
import { EpochlogError } from '../../kernel/errors.ts';
import { readLines } from '../../ml/records/lines.ts';
import type { LifecyclePaper } from '../../operations/lifecycle/plan.ts';
import { parsePaper } from '../../tasks/arxiv/paper.ts';
import { generatedRecords } from '../generated.ts';
import { readInputFile } from '../input-file.ts';

export interface PapersSource {
  name: string;
  generated: boolean;
  bytes: Uint8Array;
}

/** The papers of a file, or of the generated corpus when none is given. */
export async function loadSource(path: string | undefined): Promise<PapersSource> {
  if (path !== undefined) return { name: basename(path), generated: false, bytes: await readInputFile(path) };
  return { ...(await generatedRecords('arxiv')), name: 'generated corpus' };
}

/** What a client of the API knows of the papers; lines that are none are the collector's to reject. */
export async function readPapers({ name, bytes }: PapersSource): Promise<LifecyclePaper[]> {
  const papers: LifecyclePaper[] = [];
  for await (const line of readLines({ name, bytes })) {
    const { paper } = parsePaper(line);
    if (!paper) continue;
    const { arxivId, title, abstract, published, primaryCategory: label } = paper;
    papers.push({ line: line.number, arxivId, title, abstract, label, published, json: line.text ?? '' });
  }
  if (papers.length > 0) return papers;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${name} holds no readable paper: each line must be a JSON object with arxiv_id, title, abstract, categories, primary_category and published`,
  );
}
