import { basename } from 'node:path';
import { readInputFile } from '../../cli/input-file.ts';
import { newId } from '../../kernel/ids.ts';
import { readLines } from '../../ml/records/lines.ts';
import {
  type NewEvent,
  newEvent,
  ownerOf,
  type RecordedEvent,
  streamOf,
  subjectOf,
} from '../../schemas/catalogue.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { type Paper, parsePaper } from '../../tasks/arxiv/paper.ts';
import { acceptedSample, ingested } from '../harness/records.ts';

const GENERATED = 2_000;

/** The papers of a file (one a line, as JSON, gzip or plain), or generated ones. */
export async function papersFrom(path: string | undefined): Promise<Paper[]> {
  if (path === undefined) {
    return Array.from(generateCorpus({ papers: GENERATED }), ({ arxiv_id, primary_category, ...paper }) => ({
      ...paper,
      ...{ version: null, updated: null },
      arxivId: arxiv_id,
      primaryCategory: primary_category,
    }));
  }
  const lines = readLines({ name: basename(path), bytes: await readInputFile(path) });
  const parsed = await Array.fromAsync(lines, parsePaper);
  return parsed.flatMap(({ paper }) => (paper ? [paper] : []));
}

/** An endless row of events, three of each paper: it is ingested, accepted as a sample, and predicted. */
export function* facts(papers: readonly Paper[]): Generator<RecordedEvent, never> {
  for (let number = 0; ; number++) {
    const paper = papers[number % papers.length]!;
    for (const eventOf of [ingestion, acceptance, prediction]) yield asFact(eventOf(paper, number));
  }
}

/** An endless row of papers that are ingested, again under other ids when there are no more. */
export function* ingestions(papers: readonly Paper[]): Generator<RecordedEvent, never> {
  for (let number = 0; ; number++) yield asFact(ingestion(papers[number % papers.length]!, number));
}

/** An endless row of predictions. */
export function* predictions(papers: readonly Paper[]): Generator<RecordedEvent, never> {
  for (let number = 0; ; number++) yield asFact(prediction(papers[number % papers.length]!, number));
}

export const take = <T>(count: number, from: Generator<T, never>): T[] =>
  Array.from({ length: count }, () => from.next().value);

const idOf = ({ arxivId }: Paper, number: number): string => `${arxivId}-${number}`;

function ingestion(paper: Paper, number: number): NewEvent {
  const { title, abstract, authors, categories, primaryCategory, published } = paper;
  const id = idOf(paper, number);
  const fields = { title, abstract, authors, categories, primary_category: primaryCategory, published };
  return ingested(id, fields, number);
}

function acceptance(paper: Paper, number: number): NewEvent {
  const { title, abstract, categories: otherLabels, primaryCategory: target, published: time } = paper;
  return acceptedSample(idOf(paper, number), { instance: { title, abstract }, target, otherLabels, time });
}

function prediction(paper: Paper, number: number): NewEvent {
  return newEvent('PredictionServed', {
    requestId: `request-${number}`,
    instanceId: idOf(paper, number),
    model: 'arxiv-classifier',
    version: 'v1.0.0',
    label: paper.primaryCategory,
    value: null,
    confidence: 0.75,
    latencyMs: 1.5,
    scores: {},
    features: { textLength: paper.abstract.length, rareWordShare: 0.1 },
    ...DIRECT,
    route: 'predict',
    inputHash: null,
    input: null,
    instant: Date.now(),
  });
}

/** As the owner of its stream would write it. */
function asFact(event: NewEvent): RecordedEvent {
  const time = Date.now();
  const id = newId(time);
  const source = ownerOf(streamOf(event.type));
  const lineage = { sequence: 1, correlationId: id, causationId: null };
  return { id, source, subject: subjectOf(event), time, ...lineage, ...event };
}
