import { metricNamed } from '../../ml/metrics/catalogue.ts';
import { difference, interval, measure, probability } from '../../ml/metrics/format.ts';
import type { DriftStory, MonthStory, Story, TrainingStory } from '../../operations/lifecycle/story.ts';
import type { Output, Style } from '../output.ts';
import { hanging, sparkline } from '../wrap.ts';

/** What the lines are written with. */
export type Page = Pick<Output, 'width' | 'paint'>;

const MONTH = 9;
const RECORDS = 7;
const VERSION = 14;
const VALUE = 8;
const BARS = 18;
/** Accuracies that lie closer together than this do not fill the height of a bar chart. */
const SPAN = 0.1;

const VERDICTS: Readonly<Record<string, Style>> = {
  promoted: 'good',
  refused: 'notable',
  failed: 'bad',
  cancelled: 'bad',
};

export const count = (number: number): string => number.toLocaleString('en');

/** The heading of the months: as wide as `monthLine`. */
export const monthHeading = (metric: string, page: Page): string =>
  page.paint('heading', row(['month', 'records', 'version', metric, 'month by month', 'v1.0.0'], page.width));

/** A month on one line: its value, and as bars those of the months up to it. */
export function monthLine(
  month: MonthStory,
  upToIt: readonly MonthStory[],
  metric: string,
  { width }: Pick<Page, 'width'>,
): string {
  const shown = (value: number | null) => (value === null ? '-' : measure(metric, value));
  const values = upToIt.flatMap(({ value }) => value ?? []);
  const span = metric === 'accuracy' ? SPAN : 0;
  const bars = values.length === 0 ? '' : sparkline(values, span, barsIn(width));
  const { month: name, records, versions, value, firstValue } = month;
  return row([name, count(records), versionsOf(versions), shown(value), bars, shown(firstValue)], width);
}

/** Every version that answered, as far as there is room: else the first and the last. */
function versionsOf(versions: readonly string[]): string {
  const all = versions.join(', ');
  return all.length <= VERSION ? all : `${versions[0]}..${versions.at(-1)}`;
}

/** What a row takes without bars, and without the last column. */
const WITHOUT_BARS = MONTH + RECORDS + VERSION + 2 * VALUE + 8;
const WITHOUT_FIRST = WITHOUT_BARS - VALUE - 2;

/** How many bars there is room for; on a narrow terminal there are none. */
const barsIn = (width: number): number => Math.max(0, Math.min(BARS, width - WITHOUT_BARS));

function row(
  [month = '', records = '', version = '', value = '', bars = '', first = '']: string[],
  width: number,
): string {
  const room = barsIn(width);
  const cells = [
    month.padEnd(MONTH - 2),
    records.padStart(RECORDS),
    version.padEnd(VERSION),
    value.padStart(VALUE),
    ...(room > 0 ? [bars.slice(0, room).padEnd(room)] : []),
    ...(width > WITHOUT_FIRST + VALUE ? [first.padStart(VALUE)] : []),
  ];
  return cells.join('  ').trimEnd();
}

/** A window of predictions: the feature that moved most, and the limit. */
export function driftLine({ feature, psi, limit, drifted }: DriftStory, { width, paint }: Page): string {
  const others = drifted.filter((name) => name !== feature);
  const verdict = drifted.length > 0 ? paint('bad', 'drifted') : paint('good', 'within');
  const moved = `${feature} moved most: PSI ${psi.toFixed(2)}, limit ${limit.toFixed(2)}: ${verdict}`;
  return hanging(below('drift'), others.length > 0 ? `${moved}; ${others.join(', ')} too` : moved, width);
}

/** Why it was trained, what was measured, and what became of it. */
export function trainingLines(training: TrainingStory, metric: string, { width, paint }: Page): string[] {
  const { month, cause, reason, samples, seconds, outcome, why, version, measured } = training;
  const took = seconds === null ? '' : `, ${seconds.toFixed(1)} s`;
  const because = ['drift', 'quality'].includes(cause) ? `${cause}: ` : '';
  const lines = [
    hanging(
      month === null ? below('training', 'start') : below('training'),
      `${because}${reason} (${count(samples)} samples in all${took})`,
      width,
    ),
  ];
  const verdict = paint(VERDICTS[outcome ?? ''] ?? 'minor', outcome ?? 'still running');
  const name = version ?? 'no version';
  if (!measured) return [...lines, hanging(below(''), `${name}: ${verdict}, ${why ?? 'it runs'}`, width)];
  const own = `${name}: ${metric} ${measure(metric, measured.value)} on ${count(measured.samples)} test samples`;
  if (!measured.rival || measured.difference === null)
    return [...lines, hanging(below(''), `${own}; ${verdict}, ${why}`, width)];
  const { rival, pValue } = measured;
  const details = [
    measured.interval && `95 % interval ${interval(metric, measured.interval)}`,
    pValue !== null && `p ${probability(pValue)}`,
  ].filter((part) => typeof part === 'string');
  const compared = `${measure(metric, rival.value)} of ${rival.version}: ${difference(metric, measured.difference)}`;
  const text = `${own}, against ${compared}${details.length > 0 ? ` (${details.join(', ')})` : ''}; ${verdict}`;
  return [...lines, hanging(below(''), text, width)];
}

const below = (what: string, month = ''): string => month.padEnd(MONTH) + what.padEnd(10);

/** What the lifecycle shows, in sentences. */
export function meaning(
  { metric, trainings, alerts }: Story,
  overall: { production: number; firstVersion: number },
): string[] {
  const { production, firstVersion } = overall;
  const kept = `Over all months the versions in production reached ${metric} ${measure(metric, production)}`;
  const { better } = metricNamed(metric);
  const gain = difference(metric, production - firstVersion);
  const later = trainings.filter(({ month }) => month !== null);
  const outcomes = Object.entries(Object.groupBy(later, ({ outcome }) => outcome ?? 'running'));
  const ended = outcomes.map(([outcome, those]) => `${those?.length} ${outcome}`).join(', ');
  const raised = [...alerts].map(([cause, number]) => `${number} of ${cause}`).join(', ') || 'none';
  return [
    `${kept}; v1.0.0, had it stayed, ${measure(metric, firstVersion)}: retraining made a difference of ${gain}${better === 'lower' ? ' (lower is better)' : ''}.`,
    `Alerts: ${raised}. Trainings after the first: ${later.length}${ended === '' ? '' : ` (${ended})`}. A version is ` +
      'promoted only if it is better than the one in production on the same test samples.',
  ];
}
