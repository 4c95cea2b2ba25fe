import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** As MLflow's server has them. */
const MAX_ROOT_FIELDS = 10;
const MAX_ALIASES = 10;
const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1_000;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Which limit a GraphQL query passes; undefined when it passes none. A fragment counts where it is used. */
export function checkQuery({ definitions }: DocumentNode): string | undefined {
  const fragments: Fragments = new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  let selections = 0;
  let rootFields = 0;
  const rest = definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? [{ set: one.selectionSet, depth: 1 }] : [],
  );
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { set, depth } = next;
    if (depth > MAX_DEPTH) return `Query exceeds maximum depth of ${MAX_DEPTH}`;
    const fields = fieldsOf(set, fragments);
    selections += fields.length;
    if (selections > MAX_SELECTIONS) return `Query exceeds maximum total selections of ${MAX_SELECTIONS}`;
    if (depth === 1) rootFields += fields.length;
    if (rootFields > MAX_ROOT_FIELDS)
      return `GraphQL queries should have at most ${MAX_ROOT_FIELDS} root fields, got ${rootFields} root fields`;
    const aliases = fields.filter(({ alias }) => alias).length;
    if (aliases > MAX_ALIASES)
      return `GraphQL queries should have at most ${MAX_ALIASES} aliases, got ${aliases} aliases`;
    for (const { selectionSet } of fields)
      if (selectionSet) rest.push({ set: selectionSet, depth: depth + 1 });
  }
  return undefined;
}

/** The fields of a selection, those of its fragments among them; a fragment in itself counts once. */
function fieldsOf(set: SelectionSetNode, fragments: Fragments): FieldNode[] {
  const used = new Set<string>();
  const found: FieldNode[] = [];
  const rest = [...set.selections];
  for (let next = rest.pop(); next && found.length <= MAX_SELECTIONS; next = rest.pop()) {
    if (next.kind === Kind.FIELD) found.push(next);
    else if (next.kind === Kind.INLINE_FRAGMENT) rest.push(...next.selectionSet.selections);
    else if (!used.has(next.name.value)) {
      used.add(next.name.value);
      rest.push(...(fragments.get(next.name.value)?.selectionSet.selections ?? []));
    }
  }
  return found;
}
