import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';
import { type Decisions, PRODUCTION_FACTS, withDecision } from '../../schemas/models/production.ts';

/** The versions of one model. */
export interface ModelVersions {
  /** by number, in the order of registration */
  readonly registered: ReadonlyMap<string, VersionRegistered>;
  /** registered, and neither promoted nor archived yet */
  readonly undecided: ReadonlySet<string>;
  readonly decisions: Decisions;
}

export type Models = ReadonlyMap<string, ModelVersions>;

export const NO_VERSIONS: ModelVersions = {
  registered: new Map(),
  undecided: new Set(),
  decisions: [],
};

export const versionOfRun = ({ registered }: ModelVersions, runId: string): VersionRegistered | undefined =>
  [...registered.values()].find((version) => version.runId === runId);

/** v1.0.0, then a minor version for each registration: numbers only grow and none is used twice. */
export const nextNumber = ({ registered }: ModelVersions): string => `v1.${registered.size}.0`;

export const FACTS = ['VersionRegistered', 'VersionArchived', ...PRODUCTION_FACTS] as const;

/** Folds the registrar's own facts; nothing else changes a version. */
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

function evolveModel(model: ModelVersions, event: RecordedEvent<(typeof FACTS)[number]>): ModelVersions {
  const undecided = new Set(model.undecided);
  if (event.data.version !== null) undecided.delete(event.data.version);
  switch (event.type) {
    case 'VersionRegistered': {
      const { version } = event.data;
      const registered = new Map(model.registered).set(version, event.data);
      return { ...model, registered, undecided: undecided.add(version) };
    }
    case 'VersionArchived':
      return { ...model, undecided };
    default:
      return { ...model, undecided, decisions: withDecision(model.decisions, event) };
  }
}
