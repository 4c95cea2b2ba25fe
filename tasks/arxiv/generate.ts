import type { GeneratedRow, GeneratorOptions } from '../generated/rows.ts';
import { generateCorpus } from './corpus/generate.ts';

/** Generated papers: see `corpus/generate.ts`. */
export function* generate({
  rows,
  ...options
}: GeneratorOptions = {}): Generator<GeneratedRow, void, undefined> {
  for (const paper of generateCorpus({ ...options, ...(rows !== undefined && { papers: rows }) }))
    yield { ...paper };
}
