import {
  type Column,
  detailOf,
  extendedColumn,
  fitColumns,
  parseColumns,
  UNKNOWN_CODE,
  valueCodes,
} from '../adapters/tabular.ts';
import type { StartVersion } from '../engines/engine.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { readTrees } from '../onnx/read-trees.ts';
import { cannotStart, openStart } from '../package/start.ts';
import type { Example, LearningProblem } from '../problem.ts';
import type { Tree, TreeEnsemble } from './tree.ts';

/** An earlier version, for the columns of a new dataset. */
interface Start {
  readonly columns: readonly Column[];
  readonly ensemble: TreeEnsemble;
}

/**
 * The trees of an earlier version. Its categories keep their codes; new ones come after them, and go where those went that
 * were not known.
 *
 * @throws InvalidInput `start` when it has another task, engine, columns or labels
 */
export function startTrees(
  start: StartVersion,
  task: LearningProblem,
  schema: InstanceSchema,
  train: readonly Example[],
  groups: readonly string[],
): Start {
  const opened = openStart(start, 'trees', task);
  assertSameLabels(opened.signature.task, task, start.version);
  const before = parseColumns(opened.adapterData, opened.signature.instance.fields);
  const instances = train.map(({ instance }) => instance);
  const now = fitColumns(schema, instances, groups);
  const [theirs, ours] = [before, now].map((columns) => columns.map(nameOf).join(', '));
  if (theirs !== ours)
    throw cannotStart(start.version, `its columns are ${theirs}, and those of this training ${ours}`);
  const columns = now.map((column, at) => extendedColumn(before[at]!, column));
  const { trees, ...rest } = readTrees(opened.onnx);
  const added = columns.map((column, at) => valueCodes(column).slice(valueCodes(before[at]!).length));
  return { columns, ensemble: { ...rest, trees: trees.map((tree) => withNewCodes(tree, added)) } };
}

function assertSameLabels(before: LearningProblem, now: LearningProblem, version: string): void {
  if (before.type === 'regression' || now.type === 'regression') return;
  const [theirs, ours] = [before, now].map(({ labels }) => labels.join(', '));
  if (theirs !== ours) throw cannotStart(version, `its labels are ${theirs}, and there are ${ours}`);
}

const nameOf = (column: Column): string => `${column.field} (${detailOf(column) || column.kind})`;

/** @param added by column, the codes that it had not */
function withNewCodes(tree: Tree, added: readonly (readonly number[])[]): Tree {
  const categories = new Map(
    [...tree.categories].map(([node, codes]) => [
      node,
      codes.includes(UNKNOWN_CODE) ? [...codes, ...added[tree.feature[node]!]!] : codes,
    ]),
  );
  return { ...tree, categories };
}
