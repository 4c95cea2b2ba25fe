import { type Happened, type NewEvent, newEvent } from '../../kernel/event.ts';
import type { Decider } from '../../kernel/service.ts';
import { cleanText, normaliseTitle, wordCount } from '../../ml/text/clean.ts';
import { detectLanguage } from '../../ml/text/language.ts';
import type { SampleAccepted, SampleRejected } from '../../schemas/events.generated.ts';
import type { Settings } from './settings.ts';

/** All that is needed to know a paper again. */
export interface State {
  /** ids of all papers that have come, whatever became of them */
  ids: Set<string>;
  /** normalised titles of the accepted ones, and whose they are */
  titles: Map<string, string>;
}

/**
 * Decides once for each paper that comes, in this order: it repeats an earlier one (by id, or by the title of an
 * accepted one), or it cannot be learnt from, or it is accepted, cleaned.
 */
export function curator(settings: Settings): Decider<State, 'PaperIngested'> {
  const labels = new Set(settings.labels);
  return {
    initialState: () => ({ ids: new Set(), titles: new Map() }),
    decide: (state, { data: paper }) => {
      const sample = sampleOf(paper);
      const twin = twinOf(state, sample);
      if (twin) return [newEvent('SampleDeduplicated', { arxivId: sample.arxivId, similarity: 1, ...twin })];
      const obstacle = obstacleTo(sample);
      if (obstacle) return [newEvent('SampleRejected', { arxivId: sample.arxivId, ...obstacle })];
      return [newEvent('SampleAccepted', sample)];
    },
    evolve,
  };

  function obstacleTo({
    label,
    words,
    abstract,
  }: SampleAccepted): Omit<SampleRejected, 'arxivId'> | undefined {
    if (!labels.has(label)) {
      return { why: 'unknown_label', detail: `'${label}' is not one of ${settings.labels.join(', ')}` };
    }
    if (words < settings.minWords) {
      return { why: 'too_short', detail: `${words} words, ${settings.minWords} are needed` };
    }
    const { language } = detectLanguage(abstract);
    if (language === 'en') return undefined;
    return {
      why: 'not_english',
      detail: language ? `the abstract seems to be '${language}'` : 'no language is recognised',
    };
  }
}

function sampleOf(paper: Happened<'PaperIngested'>['data']): SampleAccepted {
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

/** The earlier paper that this one repeats. A title without a letter or a digit tells no two papers alike. */
function twinOf({ ids, titles }: State, { arxivId, title }: SampleAccepted) {
  if (ids.has(arxivId)) return { how: 'id', duplicateOf: arxivId } as const;
  const duplicateOf = titles.get(normaliseTitle(title));
  return duplicateOf === undefined ? undefined : ({ how: 'title', duplicateOf } as const);
}

function evolve(state: State, event: NewEvent): State {
  switch (event.type) {
    case 'SampleAccepted': {
      const title = normaliseTitle(event.data.title);
      if (title) state.titles.set(title, event.data.arxivId);
      state.ids.add(event.data.arxivId);
      break;
    }
    case 'SampleRejected':
    case 'SampleDeduplicated':
      state.ids.add(event.data.arxivId);
  }
  return state;
}
