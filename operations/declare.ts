import type { EventReader } from '../schemas/catalogue.ts';
import { type NewEvent, newEvent } from '../schemas/catalogue.ts';
import type { DeclaredModel, ShippedModel } from '../tasks/models.ts';
import { parsePolicy } from '../tasks/policies/policy.ts';
import { taskNamed } from '../tasks/registry.ts';
import { declaredTasks } from './declared.ts';

/** The requests that declare a model that comes with epochlog, with its policy where it has one of its own. */
export async function declarationOf(
  events: EventReader,
  { policy: file, ...model }: DeclaredModel & Partial<Pick<ShippedModel, 'policy'>>,
  requestedBy: string,
): Promise<NewEvent[]> {
  const declared = newEvent('ModelDeclared', { ...model, requestedBy });
  if (file === undefined) return [declared];
  const { target } = taskNamed(await declaredTasks(events), model.task);
  return [
    declared,
    policyChange(model.model, file, parsePolicy('policy.yaml', file, target.type), requestedBy),
  ];
}

/** The request that changes the policy of a model. */
export const policyChange = (
  model: string,
  file: string,
  policy: ReturnType<typeof parsePolicy>,
  requestedBy: string,
): NewEvent<'PolicyChanged'> => newEvent('PolicyChanged', { model, ...policy, file, requestedBy });
