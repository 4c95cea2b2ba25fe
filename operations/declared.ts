import type { EventReader } from '../schemas/catalogue.ts';
import type { ModelDeclared } from '../schemas/events.generated.ts';
import { type PolicyInForce, withPolicy } from '../schemas/models/policy.ts';
import { loadTasks } from '../tasks/load.ts';
import { DEFAULT_POLICY } from '../tasks/policies/policy.ts';
import { type Tasks, withDeclared } from '../tasks/registry.ts';

/** The tasks that come with epochlog, and those that the log declares. */
export async function declaredTasks(events: Pick<EventReader, 'scan'>): Promise<Tasks> {
  const shipped = await loadTasks();
  let tasks: Tasks = shipped;
  for await (const { data } of events.scan(['TaskDeclared'])) tasks = withDeclared(tasks, shipped, data);
  return tasks;
}

/** The models that the log declares, each as it is declared now. */
export async function declaredModels(events: Pick<EventReader, 'scan'>): Promise<Map<string, ModelDeclared>> {
  const models = new Map<string, ModelDeclared>();
  for await (const { data } of events.scan(['ModelDeclared'])) models.set(data.model, data);
  return models;
}

/** The policy that a model lives under; the default one until it is changed. */
export async function policyOf(events: Pick<EventReader, 'scan'>, model: string): Promise<PolicyInForce> {
  let policy: PolicyInForce = DEFAULT_POLICY;
  for await (const { data } of events.scan(['PolicyChanged'])) {
    if (data.model === model) policy = withPolicy(policy, data);
  }
  return policy;
}
