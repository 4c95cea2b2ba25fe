import type { Split } from '../../ml/dataset/format.ts';
import { linkedGroups } from '../../ml/dataset/linked-groups.ts';
import type { Task } from '../../tasks/task.ts';
import type { Corpus, SampleKey } from './corpus.ts';
import { type Assignment, apportion, type Fractions, shuffled } from './split.ts';

/** By the id of a sample the groups that it is in: of a task whose records are in several, such as those of their authors. */
export type GroupNames = ReadonlyMap<string, readonly string[]>;

/** The groups of all samples; undefined where the task has none, or they do not matter. */
export async function groupNamesOf(
  { groupsOf }: Pick<Task, 'groupsOf'>,
  { split }: { readonly split: string },
  corpus: Corpus,
): Promise<GroupNames | undefined> {
  if (split !== 'grouped' || !groupsOf) return undefined;
  const names = new Map<string, readonly string[]>();
  const everything = new Map(corpus.keys().map(({ id }) => [id, 'train' as const]));
  for await (const chunk of corpus.samples(everything))
    for (const { id, instance } of chunk) names.set(id, groupsOf(instance));
  return names;
}

/** Samples with one group each: that of all which are linked by a name, as far as it has no more than `limit` of them. */
export function withLinkedGroups(
  samples: readonly SampleKey[],
  names: GroupNames,
  limit: number,
): SampleKey[] {
  const sorted = samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { groupOf } = linkedGroups(
    sorted.map(({ id }) => names.get(id) ?? []),
    limit,
  );
  return sorted.map((sample, at) => ({ ...sample, group: sorted[groupOf[at]!]!.id }));
}

/**
 * Splits linked samples: groups in the order of a hash of seed and name fill the test and the validation split where they fit into
 * what is lacking there, the others are for training. A sample that has a split keeps it, and others of its group take that of most
 * of them: what is new may link samples that were in two splits before.
 */
export function splitLinked(
  samples: readonly SampleKey[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Map<string, Split> {
  const missing = apportion(samples.length, fractions);
  const groups = Map.groupBy(samples, ({ id, group }) => group ?? id);
  const assigned = new Map<string, Split>();
  const assign = (id: string, split: Split) => {
    assigned.set(id, split);
    missing[split] -= 1;
  };
  const unassigned: string[] = [];
  for (const [name, members] of groups) {
    const split = mostFrequent(members.flatMap(({ id }) => kept.get(id) ?? []));
    if (split) for (const { id } of members) assign(id, kept.get(id) ?? split);
    else unassigned.push(name);
  }
  for (const name of shuffled(unassigned, seed)) {
    const members = groups.get(name)!;
    const split = (['test', 'validation'] as const).find((held) => members.length <= missing[held]);
    for (const { id } of members) assign(id, split ?? 'train');
  }
  return assigned;
}

const mostFrequent = (splits: readonly Split[]): Split | undefined =>
  [...Map.groupBy(splits, (split) => split)].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];

/** How well groups were kept apart. */
export interface Separation {
  /** samples that are in a group */
  readonly samples: number;
  readonly distinct: number;
  /** groups with samples in two splits or more */
  readonly shared: number;
  /** samples of the test split that have a group in common with the training split */
  readonly testSeen: number;
}

export function separationOf(names: GroupNames, splits: Assignment): Separation {
  const inSplits = new Map<string, Set<Split>>();
  let samples = 0;
  for (const [id, own] of names) {
    const split = splits.get(id);
    if (!split || own.length === 0) continue;
    samples += 1;
    for (const name of own) {
      const known = inSplits.get(name) ?? new Set();
      inSplits.set(name, known.add(split));
    }
  }
  const isSeen = (name: string) => inSplits.get(name)!.has('train');
  const testSeen = [...names].filter(([id, own]) => splits.get(id) === 'test' && own.some(isSeen)).length;
  const shared = [...inSplits.values()].filter(({ size }) => size > 1).length;
  return { samples, distinct: inSplits.size, shared, testSeen };
}
