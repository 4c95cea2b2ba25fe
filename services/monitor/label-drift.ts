import { psiTest } from '../../ml/drift/psi.ts';
import { percent, probability } from '../../ml/metrics/format.ts';
import type { QualityMeasured, QualityMeasuredLabelDrift } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import type { Evaluation, Labelled } from './state.ts';

/**
 * Whether the true labels of a window are distributed as those of the test split: by PSI, with the bounds of drift. Null where answers
 * are numbers or several labels.
 */
export function labelDriftOf(
  labelled: readonly Labelled[],
  { metrics, perClass }: Pick<Evaluation, 'metrics' | 'perClass'>,
  { psi: least, significance }: Policy['drift'],
): QualityMeasuredLabelDrift | null {
  if (metrics.accuracy === undefined || perClass.length === 0) return null;
  const categories = perClass.map(({ label }) => label);
  const counts = categories.map((label) => labelled.filter(({ truth }) => truth.label === label).length);
  const known = counts.reduce((sum, count) => sum + count, 0);
  const referenceCounts = [...perClass.map(({ support }) => support), 0];
  const windowCounts = [...counts, labelled.length - known];
  const { psi, expected: expectedPsi, pValue } = psiTest(referenceCounts, windowCounts);
  const drifted = psi >= least && pValue < significance;
  return { psi, expectedPsi, pValue, drifted, categories, referenceCounts, windowCounts };
}

/** Why the true labels have drifted, with the label whose share has changed most; undefined when they have not. */
export function reasonOfLabels({ labelDrift, labelled }: QualityMeasured): string | undefined {
  if (!labelDrift?.drifted) return undefined;
  const { psi, expectedPsi, pValue, categories, referenceCounts, windowCounts } = labelDrift;
  const all = referenceCounts.reduce((sum, count) => sum + count, 0);
  const [most] = [...categories, 'labels that are not in the test split']
    .map((label, at) => ({ label, now: windowCounts[at]! / labelled, before: referenceCounts[at]! / all }))
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before));
  return (
    `true labels: PSI ${psi.toFixed(3)} (${expectedPsi.toFixed(3)} expected, p ${probability(pValue)}) on ${labelled} labelled predictions;` +
    ` ${most!.label} ${percent(most!.now)}, ${percent(most!.before)} of the test split`
  );
}
