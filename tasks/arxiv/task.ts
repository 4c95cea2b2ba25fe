import type { Instance } from '../../ml/instance/schema.ts';
import { cleanedText, normaliseTitle, stepsIn } from '../../ml/text/clean.ts';
import { wordCount } from '../../ml/text/count.ts';
import { detectLanguage } from '../../ml/text/language.ts';
import { namesAsWords } from '../../ml/text/names.ts';
import type { Fault, Prepared, ReadRecord, Task, TaskRecord } from '../task.ts';
import { CATEGORIES } from './labels.ts';
import { MAX_ABSTRACT, MAX_AUTHORS, MAX_TITLE, parseFields } from './paper.ts';

/** of title and abstract together */
const MIN_WORDS = 50;

/** Years between a paper and its copy under another id. */
const COPIES_WITHIN_MS = 5 * 365 * 86_400_000;

/** The primary category of an arXiv paper, from its title and abstract. */
export const task: Task = {
  name: 'arxiv',
  version: '3',
  description: 'the primary category of an arXiv paper, from its title and abstract',
  schema: {
    fields: {
      title: { type: 'text', required: true, maxLength: MAX_TITLE, markup: 'latex' },
      abstract: { type: 'text', maxLength: MAX_ABSTRACT, markup: 'latex' },
      authors: { type: 'text', maxLength: MAX_AUTHORS, markup: 'names', optIn: true },
    },
  },
  target: { type: 'classification', labels: CATEGORIES },
  columns: {
    types: {
      ...{ arxiv_id: 'text', title: 'text', abstract: 'text', primary_category: 'text', published: 'text' },
      ...{ version: 'text', updated: 'text' },
    },
    required: ['arxiv_id', 'title', 'abstract', 'primary_category', 'published'],
    ignored: ['authors', 'categories', 'withdrawn'],
  },
  storedColumns: [
    'arxiv_id',
    'title',
    'abstract',
    'authors',
    'categories',
    'primary_category',
    'published',
    'withdrawn',
    'version',
    'updated',
  ],
  read,
  clean: (instance) => cleaned(instance).instance,
  prepare,
  nearDuplicates: { similarity: 0.8, window: COPIES_WITHIN_MS, fields: ['title', 'abstract'] },
  groupsOf: ({ instance: { authors } }) => (authors ? namesAsWords(String(authors)).split(', ') : []),
  duplicateKeys({ instance }) {
    const key = normaliseTitle(String(instance.title));
    return key === '' ? [] : [{ match: 'title', key }]; // without letter or digit it tells no two papers apart
  },
};

function read(row: Readonly<Record<string, unknown>>): ReadRecord {
  const { paper, fault } = parseFields(row);
  if (!paper) {
    const { code, reason, arxivId: id, published: time } = fault;
    return { fault: { code, reason, ...(id !== undefined && { id }), ...(time !== undefined && { time }) } };
  }
  const { arxivId, title, abstract, categories, primaryCategory, published, version, updated } = paper;
  const authors = namesIn(paper.authors);
  return {
    record: {
      id: arxivId,
      time: published,
      group: null,
      instance: { title, abstract, ...(authors !== '' && { authors }) },
      target: primaryCategory,
      otherLabels: categories.filter((category) => category !== primaryCategory),
      ...(row.withdrawn === true && { withdrawn: true }),
      ...((version !== null || updated !== null) && { revision: { revision: version, revisedAt: updated } }),
    },
  };
}

/** Names with commas between them, as many as a field takes. */
function namesIn(authors: readonly string[]): string {
  const text = authors.join(', ');
  return text.length <= MAX_AUTHORS ? text : text.slice(0, text.lastIndexOf(',', MAX_AUTHORS));
}

function cleaned({ title, abstract, authors }: Instance) {
  const [first, second] = [cleanedText(String(title)), cleanedText(String(abstract))];
  const texts = { title: first.text, abstract: second.text };
  return {
    instance: authors ? { ...texts, authors: namesAsWords(String(authors)) } : texts,
    steps: stepsIn([...first.steps, ...second.steps]),
  };
}

function prepare(record: TaskRecord): Prepared {
  const { instance, steps: cleaning } = cleaned(record.instance);
  const target = String(record.target);
  const rejection = record.withdrawn ? WITHDRAWN : obstacle(target, instance);
  return rejection ? { rejection } : { sample: { ...record, instance, target, cleaning } };
}

const WITHDRAWN: Fault = { code: 'withdrawn', reason: 'its authors have withdrawn it' };

function obstacle(
  label: string,
  { title, abstract }: { title: string; abstract: string },
): Fault | undefined {
  if (!(CATEGORIES as readonly string[]).includes(label)) {
    return { code: 'unknown_label', reason: `'${label}' is not one of ${CATEGORIES.join(', ')}` };
  }
  const words = wordCount(title) + wordCount(abstract);
  if (wordCount(abstract) === 0) return { code: 'empty_text', reason: 'its abstract has no words' };
  if (words < MIN_WORDS) return { code: 'too_short', reason: `${words} words, ${MIN_WORDS} are needed` };
  const { language } = detectLanguage(abstract);
  if (language === 'en') return undefined;
  const reason = language ? `the abstract seems to be '${language}'` : 'no language is recognised';
  return { code: 'other_language', reason };
}
