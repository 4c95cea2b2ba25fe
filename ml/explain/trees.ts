import { parseColumns, tableOf } from '../adapters/tabular.ts';
import type { Instance } from '../instance/schema.ts';
import { readConstants } from '../onnx/constants.ts';
import { readTrees } from '../onnx/read-trees.ts';
import type { ModelPackage } from '../package/validate.ts';
import type { MarginExplainer } from './explanation.ts';
import { scaledMargins, sumsByField } from './margins.ts';
import { coversOf, treeShap } from './tree-shap.ts';

/**
 * SHAP values of boosted trees, field by field.
 *
 * @param reference instances whose mean answer is the base: those of the training split, or a sample of them
 */
export function treesExplainer(
  { onnx, signature, adapterData }: ModelPackage,
  reference: readonly Instance[],
): MarginExplainer {
  const { task, instance: schema } = signature;
  const ensemble = readTrees(onnx);
  const columns = parseColumns(adapterData, schema.fields);
  const trees = coversOf(ensemble, tableOf(columns, reference));
  const scale = scaledMargins(task, readConstants(onnx));
  const isOneOfTwo = task.type === 'classification' && ensemble.scores === 1;
  /** of two classes the first one's margin is 0 */
  const margins = (values: readonly number[]) => Float64Array.from(isOneOfTwo ? [0, ...values] : values);
  return {
    method: 'tree-shap',
    marginsOf(instance) {
      const row = tableOf(columns, [instance]).values;
      const byScore = Array.from({ length: ensemble.scores }, (_, score) =>
        treeShap(ensemble, trees, row, score),
      );
      const parts = columns.map(({ field }, column) => ({
        field,
        margins: margins(byScore.map(({ values }) => values[column]!)),
      }));
      return scale({ base: margins(byScore.map(({ base }) => base)), parts: sumsByField(parts, instance) });
    },
  };
}
