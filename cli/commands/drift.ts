import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version } from '../../kernel/texts.ts';
import { driftPage } from '../../ml/drift/page.ts';
import { type DriftWindow, driftReport } from '../../ml/drift/report.ts';
import { action, type Invocation } from '../action.ts';
import { checked, count, MODEL_OPTION } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { about } from '../help.ts';
import { cell, day, lists, type Row } from '../listing.ts';
import { writeWhole } from '../output-file.ts';
import { withProjections } from '../session.ts';

const MAX_WINDOWS = 50;

interface Feature {
  feature: string;
  slice: string;
  psi: number;
  pValue: number;
  adjustedPValue: number | null;
  drifted: boolean;
}

const titleOf = ({ feature, slice }: Feature): string => (slice === '' ? feature : `${feature} of ${slice}`);

/** The feature that moved most. */
function most({ features }: Row): string {
  const [first] = (features as readonly Feature[]).toSorted((a, b) => b.psi - a.psi);
  return first
    ? `${titleOf(first)} (PSI ${first.psi.toFixed(3)}, p ${(first.adjustedPValue ?? first.pValue).toPrecision(2)})`
    : '-';
}

/** `epochlog drift`: predictions beside the training data. */
export function register(program: Command): void {
  const drift = about(program.command('drift'), 'production', [
    'npx epochlog drift',
    'npx epochlog drift --model account-health --limit 5',
    'npx epochlog drift report account-health --out drift.html',
  ]);
  lists(drift, {
    description: 'windows of predictions beside the training data, the newest first',
    query: 'drift/list',
    params: { version: null, feature: null },
    columns: {
      version: cell('version'),
      window: cell('window'),
      from: ({ from }) => day(from),
      predictions: cell('predictions'),
      drifted: ({ features }) =>
        (features as readonly Feature[])
          .filter(({ drifted }) => drifted)
          .map(titleOf)
          .join(', ') || 'no',
      'moved most': most,
    },
  });

  const report = drift
    .command('report')
    .argument('[model]', MODEL_OPTION, checked('model', identifier))
    .description('write a page with every distance of every feature, or with --json the numbers themselves')
    .option('--of-version <version>', 'only of one version', checked('--of-version', version))
    .option('--windows <number>', 'the last so many windows', count, MAX_WINDOWS)
    .option('--out <file>', 'file to write (default: drift-<model>.html)');
  action<Reporting>(report, writeReport);
}

interface Reporting {
  ofVersion?: string;
  windows: number;
  out?: string;
}

async function writeReport(
  { ofVersion, windows, out }: Reporting,
  { config, output, model: defaultModel }: Invocation,
  model = defaultModel,
): Promise<void> {
  await withProjections(config, async (session) => {
    await modelNamed(session.events, model);
    await session.quiet();
    const asked = { model, version: ofVersion ?? null, limit: windows };
    const measured = driftReport(model, await session.query<DriftWindow>('drift/windows', asked));
    if (measured.windows.length === 0)
      throw new EpochlogError(
        'NOT_FOUND',
        `no window of predictions of ${model} is full yet: see \`epochlog drift --model ${model}\``,
      );
    output.result(measured);
    if (output.json && out === undefined) return;
    const path = out ?? `drift-${model}.html`;
    writeWhole(path, driftPage(measured));
    output.line(`${path} is written: ${measured.windows.length} windows`);
  });
}
