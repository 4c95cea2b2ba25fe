import type { Happened } from '../../kernel/event.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';

/** The versions of one model. */
export interface ModelVersions {
  /** by number, in the order of registration */
  readonly registered: ReadonlyMap<string, VersionRegistered>;
  /** registered, and neither promoted nor archived yet */
  readonly undecided: ReadonlySet<string>;
  /** versions put into production, each upon the one it replaced; a rollback takes the last one off */
  readonly history: readonly string[];
}

export type Models = ReadonlyMap<string, ModelVersions>;

export const NO_VERSIONS: ModelVersions = { registered: new Map(), undecided: new Set(), history: [] };

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
] as const;

/** Takes in the registrar's own facts; nothing else changes a version. */
export function evolve(models: Models, event: Happened): Models {
  switch (event.type) {
    case 'VersionRegistered':
    case 'VersionPromoted':
    case 'VersionArchived':
    case 'VersionRolledBack': {
      const model = models.get(event.data.model) ?? NO_VERSIONS;
      return new Map(models).set(event.data.model, evolveModel(model, event));
    }
    default:
      return models;
  }
}

function evolveModel(model: ModelVersions, { type, data }: Happened<(typeof FACTS)[number]>): ModelVersions {
  const { registered, undecided, history } = model;
  const decided = undecided.difference(new Set([data.version]));
  switch (type) {
    case 'VersionRegistered':
      return {
        history,
        registered: new Map(registered).set(data.version, data),
        undecided: new Set(undecided).add(data.version),
      };
    case 'VersionPromoted':
      return { registered, undecided: decided, history: [...history, data.version] };
    case 'VersionArchived':
      return { registered, undecided: decided, history };
    case 'VersionRolledBack':
      return { registered, undecided: decided, history: history.slice(0, -1) };
  }
}
