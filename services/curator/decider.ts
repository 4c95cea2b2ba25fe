import { createHash } from 'node:crypto';
import { type NewEvent, newEvent, type RecordedEvent } from '../../kernel/event.ts';
import type { Decider } from '../../kernel/service.ts';
import { cleanText, normaliseTitle, wordCount } from '../../ml/text/clean.ts';
import { detectLanguage } from '../../ml/text/language.ts';
import type { SampleAccepted, SampleDeduplicated } from '../../schemas/events.generated.ts';
import type { MatchedBy, RejectionReason } from '../../schemas/vocabularies.ts';
import type { Settings } from './settings.ts';

type Sample = Omit<SampleAccepted, 'replaces'>;

/** All that is needed to know a paper again. */
export interface State {
  /** by arXiv id, the samples that may be learnt from */
  accepted: Map<string, { title: string; digest: string }>;
  /** their normalised titles, and whose they are */
  titles: Map<string, string>;
}

/**
 * Decides once for each paper that comes, in this order: it is accepted as it is already; or it repeats another by the
 * title; or it cannot be learnt from; or it is accepted, cleaned. An accepted paper that comes with another text or
 * label is decided again, and that decision replaces the earlier one; so is a rejected or deduplicated one, for which
 * the settings, or the paper that it repeats, may be others now.
 */
export function curator(settings: Settings): Decider<State, 'PaperIngested'> {
  const labels = new Set(settings.labels);
  return {
    initialState: () => ({ accepted: new Map(), titles: new Map() }),
    decide: ({ accepted, titles }, { data: paper }) => {
      const sample = sampleOf(paper);
      const { arxivId } = sample;
      const earlier = accepted.get(arxivId);
      if (earlier?.digest === digestOf(sample)) {
        return [deduplicated({ arxivId, duplicateOf: arxivId, matchedBy: 'id', replaces: false })];
      }
      const replaces = earlier !== undefined;
      const twin = titles.get(normaliseTitle(sample.title));
      if (twin !== undefined && twin !== arxivId) {
        return [deduplicated({ arxivId, duplicateOf: twin, matchedBy: 'title', replaces })];
      }
      const obstacle = obstacleTo(sample);
      if (obstacle) return [newEvent('SampleRejected', { arxivId, ...obstacle, replaces })];
      return [newEvent('SampleAccepted', { ...sample, replaces })];
    },
    evolve,
  };

  function obstacleTo({
    label,
    words,
    abstract,
  }: Sample): { reason: RejectionReason; detail: string } | undefined {
    if (!labels.has(label)) {
      return { reason: 'unknown_label', detail: `'${label}' is not one of ${settings.labels.join(', ')}` };
    }
    if (words < settings.minWords) {
      return { reason: 'too_short', detail: `${words} words, ${settings.minWords} are needed` };
    }
    const { language } = detectLanguage(abstract);
    if (language === 'en') return undefined;
    return {
      reason: 'not_english',
      detail: language ? `the abstract seems to be '${language}'` : 'no language is recognised',
    };
  }
}

function sampleOf(paper: RecordedEvent<'PaperIngested'>['data']): Sample {
  const title = cleanText(paper.title);
  const abstract = cleanText(paper.abstract);
  return {
    arxivId: paper.arxivId,
    title,
    abstract,
    label: paper.primaryCategory,
    categories: paper.categories,
    published: paper.published,
    words: wordCount(title) + wordCount(abstract),
  };
}

const deduplicated = (match: Omit<SampleDeduplicated, 'similarity'> & { matchedBy: MatchedBy }) =>
  newEvent('SampleDeduplicated', { ...match, similarity: 1 });

/** What tells a corrected sample from the same one that comes again. */
function digestOf({ title, abstract, label, categories, published }: Sample): string {
  const content = JSON.stringify([title, abstract, label, categories, published]);
  return createHash('sha256').update(content).digest('base64');
}

function evolve(state: State, event: NewEvent): State {
  switch (event.type) {
    case 'SampleAccepted': {
      const { arxivId } = event.data;
      const title = normaliseTitle(event.data.title);
      forget(state, arxivId);
      state.accepted.set(arxivId, { title, digest: digestOf(event.data) });
      if (title) state.titles.set(title, arxivId); // without letter or digit it tells no two papers alike
      break;
    }
    case 'SampleRejected':
    case 'SampleDeduplicated':
      if (event.data.replaces) forget(state, event.data.arxivId);
  }
  return state;
}

function forget({ accepted, titles }: State, arxivId: string): void {
  const title = accepted.get(arxivId)?.title;
  if (title !== undefined && titles.get(title) === arxivId) titles.delete(title);
  accepted.delete(arxivId);
}
