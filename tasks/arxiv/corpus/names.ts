import type { Random } from '../../../ml/random.ts';
import { pick } from '../../generated/sample.ts';
import { terms } from './lexicon.ts';

const GIVEN_NAMES = terms(
  'Ada, Bela, Cyra, Dario, Edda, Falk, Gita, Hugo, Ines, Jaro, Kaya, Lino, Mira, Nilo, Oda, Pavo, Runa, Sami, Tova',
);
const ONSETS = terms(
  'b, br, c, ch, cl, d, dr, f, fl, g, gl, h, j, k, l, m, n, p, pl, qu, r, s, sh, sl, st, t, tr, v, w, y, z',
);
const VOWELS = terms('a, a, e, e, i, i, o, o, u, ai, ea, ie, io, ou');
const CODAS = terms('l, m, n, nd, r, rn, s, st, t, x');
const SUFFIXES = terms('Net, Flow, Kit, Base, Lens, Bench, Forge, Mind, Graph, 2, ++');

/** An invented name of a system, such as "VelornNet". */
export function systemName(random: Random): string {
  return inventedWord(random) + (random() < 0.8 ? pick(SUFFIXES, random) : '');
}

/** An author who does not exist, and says so. */
export function authorName(random: Random): string {
  return `${pick(GIVEN_NAMES, random)} ${inventedWord(random)} (generated)`;
}

function inventedWord(random: Random): string {
  const syllable = () => pick(ONSETS, random) + pick(VOWELS, random);
  const word = syllable() + syllable() + (random() < 0.8 ? pick(CODAS, random) : '');
  return word[0]!.toUpperCase() + word.slice(1);
}
