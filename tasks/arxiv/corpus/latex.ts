import type { Random } from '../../../ml/random.ts';
import { pick } from '../../generated/sample.ts';
import { FORMULAS, LINKS } from './templates.ts';
import type { Writer } from './writer.ts';

const LATEX_SHARE = 0.25;
const LINK_SHARE = 0.2;

/** The abstract as its authors would have typed it: some in LaTeX, some with a link. */
export function typeset(abstract: string, writer: Writer, random: Random): string {
  let typed = abstract;
  if (random() < LATEX_SHARE) {
    const command = pick(['emph', 'textbf', 'textsc', 'texttt'], random);
    typed = typed
      .replaceAll('%', '\\%')
      .replace(writer.name, `\\${command}{${writer.name}}`)
      .replaceAll(' naive ', ' na\\"{\\i}ve ');
    typed += ` ${writer.sentence(FORMULAS)}`;
  }
  return random() < LINK_SHARE ? `${typed} ${writer.sentence(LINKS)}` : typed;
}
