import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { parsePolicy } from '../../tasks/policies/policy.ts';

/** A change of the policy of a classifier to that of a YAML file. */
export const policyChanged = (model: string, file: string): NewEvent<'PolicyChanged'> =>
  newEvent('PolicyChanged', {
    model,
    ...parsePolicy('policy.yaml', file, 'classification'),
    file,
    requestedBy: 'ada',
  });
