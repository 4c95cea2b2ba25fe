import { percent } from '../metrics/format.ts';
import { cardPage } from '../package/card-page.ts';
import { fairness, robustness, sectionsOf, slices } from './sections.ts';
import type { Declared, Findings, ReportSubject } from './subject.ts';
import { inline, metricRows, table } from './words.ts';

const NOT_SAID = 'Not declared.';

/**
 * The model card of a version (Mitchell et al. 2019), as Markdown: what people said in the declaration of the model, what the log
 * knows, and the card of the package, which knows the data and the engine.
 * @param packaged the MODEL_CARD.md of its package
 */
export function registryCard(subject: ReportSubject, findings: Findings, packaged: string): string {
  const { model, version, declared, evaluation, configuration, decisions } = subject;
  const classes = (evaluation?.perClass ?? []).map(({ label, precision, recall, f1, support }) => [
    ...[label, percent(precision), percent(recall), percent(f1), support],
  ]);
  const parts: (readonly [title: string, text: string])[] = [
    ['Owner and licence', table(['', ''], ownerRows(declared))],
    ['Intended use', said(declared?.intendedUse)],
    ['Scope and limits', said(declared?.limits)],
    ['Ethical considerations', said(declared?.ethics)],
    ['Caveats', said(declared?.caveats)],
    [
      'Evaluation',
      evaluation
        ? [
            `On ${evaluation.samples} samples of the test split; 95 % intervals by bootstrap.`,
            table(['metric', 'value', '95 % interval', ''], metricRows(evaluation)),
            table(['label', 'precision', 'recall', 'F1', 'samples'], classes),
          ]
            .filter((part) => part !== '')
            .join('\n\n')
        : 'It was not evaluated on a test split.',
    ],
    ['Fairness', fairness(findings) || 'No groups were measured: `epochlog evaluate --groups FIELD` does.'],
    [
      'Limits',
      [slices(findings), robustness(findings)].filter((part) => part !== '').join('\n\n') ||
        'No slice was found where it is worse than elsewhere.',
    ],
    ['Provenance', table(['', ''], configuration)],
    ['Decisions', table(['time', 'what', 'by', 'why'], decisions)],
    ['What the package says', demoted(packaged)],
  ];
  const description = declared?.description ? `${inline(declared.description)}\n\n` : '';
  const body = parts.filter(([, text]) => text !== '').map(([title, text]) => `## ${title}\n\n${text}\n`);
  return `# ${inline(`${model} ${version ?? ''}`)}\n\n${description}${body.join('\n')}`;
}

/** The same as a page of HTML, with plots; it loads nothing and runs no script. */
export function registryCardPage(subject: ReportSubject, findings: Findings, packaged: string): string {
  const plots = sectionsOf(subject, findings, null).flatMap((section) => section.plots);
  const page = cardPage(
    registryCard(subject, findings, packaged),
    `${subject.model} ${subject.version ?? ''}`,
  );
  return page.replace('</body>', () => `${plots.join('\n')}\n</body>`);
}

const ownerRows = (declared: Declared | null): string[][] =>
  [
    ['owner', declared?.owner],
    ['licence', declared?.licence],
    ['maintenance', declared?.maintenance],
  ].map(([name = '', text]) => [name, text || NOT_SAID]);

const said = (text: string | undefined): string => (text ? inline(text) : NOT_SAID);

/** Its title is left out, its parts are below ours. */
const demoted = (card: string): string =>
  card
    .replace(/^# .*\n+/, '')
    .replaceAll(/^(#+) /gm, '#$1 ')
    .trim();
