import { InvalidInput } from '../../../ml/errors.ts';
import { type Random, seededRandom } from '../../../ml/random.ts';
import { normaliseTitle } from '../../../ml/text/clean.ts';
import { dateIn, daysIn, type Month, monthsBetween } from '../../generated/calendar.ts';
import { integer, pick, pickWeighted, pickZipf } from '../../generated/sample.ts';
import { foreignText } from './foreign.ts';
import { typeset } from './latex.ts';
import type { Topic } from './lexicon.ts';
import { authorName } from './names.ts';
import { TOPICS } from './topics.ts';
import { type Subject, Writer } from './writer.ts';

/** A paper in the shape of a line of an arXiv listing. */
export interface GeneratedPaper {
  readonly arxiv_id: string;
  readonly title: string;
  readonly abstract: string;
  readonly authors: readonly string[];
  /** the primary one first */
  readonly categories: readonly string[];
  readonly primary_category: string;
  /** YYYY-MM-DD */
  readonly published: string;
}

export interface CorpusOptions {
  /** how many papers, those that a curator will refuse included */
  readonly papers?: number;
  readonly seed?: number;
  /** the first month */
  readonly from?: Month;
  /** the last month */
  readonly to?: Month;
}

// Shares of the papers. The first five are tuned so that a linear classifier does about as well as on arXiv.
const PRIMARY_SHARE = { least: 0.28, spread: 0.46 }; // of a paper's words
const SECONDARY_SHARE = { least: 0.1, spread: 0.6 }; // of its other words
const MISLABELLED = 0.06;
const CROSS_LISTED = 0.5;
const TOPIC_WEIGHTS = [11, 12, 10, 13, 9, 9, 13, 7, 9, 10];
const GROWTH = 0.0046; // of the papers, a month
const FAMOUS = 0.1; // other papers compare themselves with these
const REPEATED = 0.008;
const REPOSTED = 0.012;
const SHORT = 0.015;
const FOREIGN = 0.006;

/**
 * Generated papers, for trying things out without any data: ten topics of computer science with
 * vocabularies that overlap, follow Zipf's law and change with the months, cross-listings, a few wrong labels,
 * duplicates (the same id; the same title under a new id), abstracts too short or not in English, LaTeX and
 * links. In the order of publication, the same for a seed on every machine. Ids (`gen.2501.00042`) and authors
 * (`… (generated)`) cannot be taken for real ones.
 *
 * @throws InvalidInput `corpus` when there is no month from `from` to `to`
 */
export function* generateCorpus(options: CorpusOptions = {}): Generator<GeneratedPaper, void, undefined> {
  const { papers = 4000, seed = 42, from = '2023-01', to = '2026-06' } = options;
  const months = monthsBetween(from, to);
  if (months.length === 0) throw new InvalidInput('corpus', `there is no month from ${from} to ${to}`);
  const press = new Press(seededRandom(seed));
  const sizes = apportion(papers, months);
  for (const [index, month] of months.entries()) {
    yield* press.month(month, sizes[index]!, (100 * (index + 0.5)) / months.length);
  }
}

/** Splits the papers over the months, a little more each month; the sizes sum to `papers`. */
function apportion(papers: number, months: readonly Month[]): number[] {
  const weights = months.map((_, index) => 1 + GROWTH * index);
  const whole = weights.reduce((sum, weight) => sum + weight);
  let before = 0;
  return weights.map((weight) => {
    const start = Math.round((papers * before) / whole);
    before += weight;
    return Math.round((papers * before) / whole) - start;
  });
}

/** Publishes month after month, and remembers what it must not repeat by chance. */
class Press {
  readonly #random: Random;
  readonly #titles = new Set<string>();
  readonly #recent: GeneratedPaper[] = [];
  readonly #systems = new Map<Topic, string[]>(TOPICS.map((topic) => [topic, []]));

  constructor(random: Random) {
    this.#random = random;
  }

  *month(month: Month, size: number, time: number): Generator<GeneratedPaper> {
    const days = Array.from({ length: size }, () => integer(1, daysIn(month), this.#random));
    days.sort((a, b) => a - b);
    for (const [index, day] of days.entries()) {
      const paper = this.#paper(month, index, dateIn(month, day), time);
      this.#recent.push(paper);
      if (this.#recent.length > 400) this.#recent.shift();
      yield paper;
    }
  }

  #paper(month: Month, index: number, published: string, time: number): GeneratedPaper {
    const random = this.#random;
    const id = `gen.${month.slice(2).replace('-', '')}.${String(index + 1).padStart(5, '0')}`;
    const last = this.#recent.at(-1);
    const fate = random();
    if (last?.published === published && fate < REPEATED) return last;
    if (last && fate < REPEATED + REPOSTED)
      return reposted(pick(this.#recent, random), id, published, random);
    const paper = this.#written(id, published, time);
    if (fate < REPEATED + REPOSTED + SHORT) return { ...paper, abstract: firstSentences(paper.abstract) };
    return paper;
  }

  #written(arxiv_id: string, published: string, time: number): GeneratedPaper {
    const random = this.#random;
    const { subject, categories } = this.#subject(time);
    const writer = new Writer(subject, random);
    const text =
      random() < FOREIGN
        ? foreignText(writer.name, random)
        : { title: this.#newTitle(writer), abstract: typeset(writer.abstract(), writer, random) };
    if (random() < FAMOUS) this.#systems.get(subject.primary)!.push(writer.name);
    return {
      arxiv_id,
      ...text,
      authors: Array.from({ length: integer(1, 6, random) }, () => authorName(random)),
      categories,
      primary_category: categories[0]!,
      published,
    };
  }

  /** What the next paper is about, and the categories it is filed under, which are wrong now and then. */
  #subject(time: number): { subject: Subject; categories: string[] } {
    const random = this.#random;
    const primary = TOPICS[pickWeighted(TOPIC_WEIGHTS, random)]!;
    const neighbour = pickZipf(primary.neighbours, random);
    const secondary = TOPICS.find(({ label }) => label === neighbour)!;
    const primaryShare = PRIMARY_SHARE.least + PRIMARY_SHARE.spread * random();
    const rest = 1 - primaryShare;
    const secondaryShare = rest * (SECONDARY_SHARE.least + SECONDARY_SHARE.spread * random());
    const rivals = this.#systems.get(primary)!;
    return {
      subject: { primary, secondary, primaryShare, secondaryShare, time, rivals },
      categories: this.#categories(primary, secondary),
    };
  }

  /** The primary category first: the topic's own, or by mistake that of the other one. */
  #categories(primary: Topic, secondary: Topic): string[] {
    const random = this.#random;
    if (random() < MISLABELLED) return [secondary.label];
    if (random() >= CROSS_LISTED) return [primary.label];
    return [primary.label, random() < 0.5 ? secondary.label : pickZipf(primary.neighbours, random)];
  }

  #newTitle(writer: Writer): string {
    for (;;) {
      const title = writer.title();
      const normal = normaliseTitle(title);
      if (this.#titles.has(normal)) continue;
      this.#titles.add(normal);
      return title;
    }
  }
}

/** The same paper again under a new id, its title spelt a little differently. */
function reposted(
  paper: GeneratedPaper,
  arxiv_id: string,
  published: string,
  random: Random,
): GeneratedPaper {
  const spellings = [
    (title: string) => title.toUpperCase(),
    (title: string) => title.toLowerCase(),
    (title: string) => `${title}.`,
    (title: string) => title.replace(/[:,]/g, ' -').replace(' ', '  '),
  ];
  return { ...paper, arxiv_id, published, title: pick(spellings, random)(paper.title) };
}

/** Up to two sentences: fewer words than any filter wants. */
function firstSentences(abstract: string): string {
  return abstract.split('. ').slice(0, 2).join('. ').concat('.').replace('..', '.');
}
