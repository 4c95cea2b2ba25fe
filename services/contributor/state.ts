import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  ContributionChecked,
  ContributionIntegrated,
  ModelDeclared,
  TrainingCompleted,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { type Decision, decisionOf, laterOf, PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { loadTasks } from '../../tasks/load.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { type Tasks, withDeclared } from '../../tasks/registry.ts';

const shipped = await loadTasks();

/** A contribution that has not ended. */
export interface Contribution {
  readonly integrated: ContributionIntegrated;
  readonly checked?: ContributionChecked;
  readonly trained?: TrainingCompleted;
}

export const CHANGES = [
  'TaskDeclared',
  'ModelDeclared',
  'PolicyChanged',
  'DatasetSealed',
  'VersionRegistered',
  ...PRODUCTION_FACTS,
  'TrainingCompleted',
  'ContributionIntegrated',
  'ContributionChecked',
  'ContributionAccepted',
  'ContributionRefused',
] as const;

/** What contributions are made from, and how far each is. */
export class State {
  tasks: Tasks = shipped;
  readonly models = new Map<string, ModelDeclared>();
  readonly policies = new Map<string, PolicyInForce>();
  /** by dataset: its file, and the hash of its content */
  readonly datasets = new Map<string, { artifact: string; contentHash: string }>();
  /** by `model/version` */
  readonly versions = new Map<string, VersionRegistered>();
  readonly decisions = new Map<string, Decision>();
  readonly running = new Map<string, Contribution>();
  readonly ids = new Set<string>();

  policyOf(model: string): PolicyInForce {
    return this.policies.get(model) ?? DEFAULT_POLICY;
  }

  versionInProduction(model: string): VersionRegistered | undefined {
    const version = this.decisions.get(model)?.production?.version;
    return version === undefined ? undefined : this.versions.get(`${model}/${version}`);
  }

  /** The contribution that a dataset or a run belongs to. */
  of(id: string): Contribution | undefined {
    return this.running
      .values()
      .find(({ integrated: { datasetId, runId } }) => datasetId === id || runId === id);
  }

  evolve(event: RecordedEvent): void {
    switch (event.type) {
      case 'TaskDeclared':
        this.tasks = withDeclared(this.tasks, shipped, event.data);
        break;
      case 'ModelDeclared':
        this.models.set(event.data.model, event.data);
        break;
      case 'PolicyChanged':
        this.policies.set(event.data.model, withPolicy(this.policyOf(event.data.model), event.data));
        break;
      case 'DatasetSealed': {
        const { datasetId, artifact, contentHash } = event.data;
        this.datasets.set(datasetId, { artifact, contentHash });
        break;
      }
      case 'VersionRegistered':
        this.versions.set(`${event.data.model}/${event.data.version}`, event.data);
        break;
      case 'VersionPromoted':
      case 'VersionRolledBack':
      case 'ModelRetired': {
        const { model } = event.data;
        this.decisions.set(model, laterOf(this.decisions.get(model), decisionOf(event)));
        break;
      }
      default:
        this.#evolveContribution(event);
    }
  }

  #evolveContribution(event: RecordedEvent): void {
    switch (event.type) {
      case 'TrainingCompleted': {
        const contribution = this.of(event.data.runId);
        if (contribution)
          this.running.set(contribution.integrated.contributionId, { ...contribution, trained: event.data });
        break;
      }
      case 'ContributionIntegrated':
        this.ids.add(event.data.contributionId);
        this.running.set(event.data.contributionId, { integrated: event.data });
        break;
      case 'ContributionChecked': {
        const { contributionId } = event.data;
        const contribution = this.running.get(contributionId);
        if (contribution) this.running.set(contributionId, { ...contribution, checked: event.data });
        break;
      }
      case 'ContributionAccepted':
      case 'ContributionRefused':
        this.ids.add(event.data.contributionId);
        this.running.delete(event.data.contributionId);
    }
  }
}
