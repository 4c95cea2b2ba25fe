import type { Random } from '../../../ml/random.ts';
import { integer, pick, pickWeighted, pickZipf } from '../../generated/sample.ts';
import { academic } from './academic.ts';
import { type Era, type Kind, type Lexicon, type Topic, terms } from './lexicon.ts';
import { systemName } from './names.ts';
import * as templates from './templates.ts';
import { TOPICS } from './topics.ts';

/** What a paper is about: its own topic, a second one, and how much of the text each gets; the rest is neutral. */
export interface Subject {
  readonly primary: Topic;
  readonly secondary: Topic;
  readonly primaryShare: number;
  readonly secondaryShare: number;
  /** when it is written, in percent of the corpus's span */
  readonly time: number;
  /** systems published before, the newest last */
  readonly rivals: readonly string[];
}

const RAMP = 12; // percent of the span that an era takes to come, and to go
const ERA_WEIGHT = 1.8; // of an era in full presence, beside the core of its topic
const REPETITION = { tasks: 0.4, methods: 0.4, objects: 0.35, qualities: 0.15, measures: 0.2 }; // of a paper's terms
const STRAY = 0.06; // words of any topic and time: few are quite new when they come into fashion
const COINAGE = 0.1; // rare words are most of any vocabulary
const PREFIXES = terms(
  'sub, meta, micro, multi, hyper, co, pre, inter, super, pseudo, semi, auto, proto, poly, omni, quasi, trans, mono, retro',
);
const SUFFIXES = terms('aware, based, driven, free, guided, centric, constrained');
const KINDS: Readonly<Record<string, Kind>> = {
  task: 'tasks',
  method: 'methods',
  objects: 'objects',
  quality: 'qualities',
  measure: 'measures',
};
const GAP = /\{(\w+)\}|\[([^\]]+)\]/g;

/** Writes the sentences of one paper: its terms, once used, come again, and its system keeps its name. */
export class Writer {
  readonly name: string;
  readonly #subject: Subject;
  readonly #random: Random;
  readonly #said = new Set<string>(); // in the sentence at hand
  readonly #used: Record<Kind, string[]> = {
    tasks: [],
    methods: [],
    objects: [],
    qualities: [],
    measures: [],
  };

  constructor(subject: Subject, random: Random) {
    this.name = systemName(random);
    this.#subject = subject;
    this.#random = random;
  }

  title(): string {
    return titleCase(this.#write(pick(templates.TITLES, this.#random)));
  }

  /** About 150 words. */
  abstract(): string {
    const random = this.#random;
    return [
      ...this.#some(templates.OPENINGS, integer(1, 2, random)),
      ...this.#some(templates.GAPS, 1),
      ...this.#some(templates.CONTRIBUTIONS, 1),
      ...this.#some(templates.DETAILS, integer(4, 6, random)),
      ...this.#some(templates.RESULTS, 2),
      ...this.#some(templates.CLOSINGS, integer(0, 1, random)),
    ].join(' ');
  }

  sentence(from: readonly string[]): string {
    return this.#write(pick(from, this.#random));
  }

  /** Different templates, each filled in. */
  #some(from: readonly string[], count: number): string[] {
    const start = integer(0, from.length - 1, this.#random);
    const step = pick([1, 2, 3], this.#random);
    const chosen = Array.from({ length: count }, (_, i) => from[(start + i * step) % from.length]!);
    return chosen.map((template) => this.#write(template));
  }

  #write(template: string): string {
    this.#said.clear();
    return this.#filledIn(template);
  }

  #filledIn(template: string): string {
    return template
      .replace(GAP, (_, gap: string | undefined, choice: string | undefined) =>
        gap === undefined ? this.#filledIn(pick(choice!.split('|'), this.#random)) : this.#fill(gap),
      )
      .replace(/\b(a) (?=[aeio]|u(?!ni|se))/gi, '$1n ');
  }

  #fill(gap: string): string {
    const random = this.#random;
    const kind = KINDS[gap.toLowerCase()];
    if (kind !== undefined)
      return gap === gap.toLowerCase() ? this.#term(kind) : capitalised(this.#term(kind));
    switch (gap) {
      case 'name':
        return this.name;
      case 'rival':
        return this.#rival();
      case 'percent':
        return `${integer(1, 96, random)}.${integer(0, 9, random)}%`;
      case 'factor':
        return `${integer(1, 9, random)}.${integer(0, 9, random)}`;
      case 'count':
        return pick(['two', 'three', 'four', 'five', 'six', '12', '20', '48', '100'], random);
      default:
        throw new Error(`a template has an unknown gap: ${gap}`);
    }
  }

  #rival(): string {
    const { rivals } = this.#subject;
    if (rivals.length === 0) return 'the baseline';
    const age = Math.floor(this.#random() * this.#random() * Math.min(rivals.length, 15));
    return rivals.at(-1 - age)!;
  }

  /** A term that the sentence does not hold yet, unless the choice is narrow. */
  #term(kind: Kind): string {
    let term = this.#drawn(kind);
    for (let retry = 0; retry < 3 && this.#said.has(term); retry++) term = this.#drawn(kind);
    this.#said.add(term);
    return term;
  }

  #drawn(kind: Kind): string {
    const random = this.#random;
    const used = this.#used[kind];
    if (used.length > 0 && random() < REPETITION[kind]) return pick(used, random);
    const lexicon = this.#lexicon();
    const known = pickZipf(lexicon[kind], random);
    const term = lexicon !== academic && random() < COINAGE ? this.#coined(known, kind) : known;
    used.push(term);
    return term;
  }

  #lexicon(): Lexicon {
    const random = this.#random;
    const { primary, secondary, primaryShare, secondaryShare, time } = this.#subject;
    if (random() < STRAY) return pick(pick(TOPICS, random).eras, random);
    const chance = random();
    if (chance >= primaryShare + secondaryShare) return academic;
    const topic = chance < primaryShare ? primary : secondary;
    const weights = [1, ...topic.eras.map((era) => ERA_WEIGHT * presence(era, time))];
    return [topic.core, ...topic.eras][pickWeighted(weights, random)]!;
  }

  /** A rare word made of known ones. */
  #coined(known: string, kind: Kind): string {
    if (kind !== 'qualities') return pick(PREFIXES, this.#random) + known;
    const base = pickZipf(this.#lexicon().measures, this.#random).split(' ').at(-1)!;
    return `${base}-${pick(SUFFIXES, this.#random)}`;
  }
}

/** How much of an era there is at a time: from 0 (before it comes, after it went) to 1. */
function presence({ from, until }: Era, time: number): number {
  return Math.max(0, Math.min(1, (time - from) / RAMP, (until - time) / RAMP));
}

function capitalised(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

const SMALL_WORDS = new Set('a an and by do for from of on over the through to via with'.split(' '));

function titleCase(title: string): string {
  const words = title.split(' ').map((word) => (SMALL_WORDS.has(word) ? word : capitalised(word)));
  return capitalised(words.join(' ').replace(/: ([a-z])/, (_, letter) => `: ${letter.toUpperCase()}`));
}
