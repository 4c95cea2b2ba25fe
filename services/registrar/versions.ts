import type { RecordedEvent } from '../../kernel/event.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';

/** The versions of one model. */
export interface ModelVersions {
  /** by number, in the order of registration */
  readonly registered: ReadonlyMap<string, VersionRegistered>;
  /** registered, and neither promoted nor archived yet */
  readonly undecided: ReadonlySet<string>;
  /** versions put into production, each upon the one it replaced; a rollback takes the last one off */
  readonly history: readonly string[];
  /** whether the model was retired, and no version of it has been promoted since */
  readonly retired: boolean;
}

export type Models = ReadonlyMap<string, ModelVersions>;

export const NO_VERSIONS: ModelVersions = {
  registered: new Map(),
  undecided: new Set(),
  history: [],
  retired: false,
};

export const inProduction = ({ history }: ModelVersions): string | undefined => history.at(-1);

export const versionOfRun = ({ registered }: ModelVersions, runId: string): VersionRegistered | undefined =>
  [...registered.values()].find((version) => version.runId === runId);

/** v1.0.0, then a minor version for each registration: numbers only grow and none is used twice. */
export const nextNumber = ({ registered }: ModelVersions): string => `v1.${registered.size}.0`;

export const FACTS = [
  'VersionRegistered',
  'VersionPromoted',
  'VersionArchived',
  'VersionRolledBack',
  'ModelRetired',
] as const;

/** Takes in the registrar's own facts; nothing else changes a version. */
export function evolve(models: Models, event: RecordedEvent): Models {
  switch (event.type) {
    case 'VersionRegistered':
    case 'VersionPromoted':
    case 'VersionArchived':
    case 'VersionRolledBack':
    case 'ModelRetired': {
      const model = models.get(event.data.model) ?? NO_VERSIONS;
      return new Map(models).set(event.data.model, evolveModel(model, event));
    }
    default:
      return models;
  }
}

function evolveModel(
  model: ModelVersions,
  { type, data }: RecordedEvent<(typeof FACTS)[number]>,
): ModelVersions {
  const { registered, history } = model;
  const undecided = new Set(model.undecided);
  if (type !== 'ModelRetired') undecided.delete(data.version);
  switch (type) {
    case 'VersionRegistered':
      return {
        ...model,
        registered: new Map(registered).set(data.version, data),
        undecided: undecided.add(data.version),
      };
    case 'VersionPromoted':
      return { ...model, undecided, history: [...history, data.version], retired: false };
    case 'VersionArchived':
      return { ...model, undecided };
    case 'VersionRolledBack':
      return { ...model, undecided, history: history.slice(0, -1) };
    case 'ModelRetired':
      return { ...model, history: [], retired: true };
  }
}
