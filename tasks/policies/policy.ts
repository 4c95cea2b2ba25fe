import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDeclaration } from '../../kernel/declaration.ts';
import type { ProblemType } from '../../ml/problem.ts';
import { faultsOf } from './faults.ts';
import { type Policy, partialPolicy, wholePolicy } from './schema.ts';

const path = join(import.meta.dirname, 'policy.yaml');
const file = readFileSync(path, 'utf8');

/** The policy of a model that has none of its own. */
export const DEFAULT_POLICY = {
  ...parseDeclaration(path, file, wholePolicy),
  version: 0,
  file,
};

const policyFile = partialPolicy(DEFAULT_POLICY);

/**
 * The policy that a YAML file states for a model whose target is of a type. INPUT_INVALID names all faults with their
 * lines: unknown keys and metrics, values that do not fit, metrics of another type of target, stages that go backwards,
 * and a rollout that this version does not carry out.
 */
export function parsePolicy(name: string, file: string, target: ProblemType): Policy {
  return parseDeclaration(
    name,
    file,
    policyFile.superRefine((policy, context) => {
      for (const fault of faultsOf(policy, target)) context.addIssue({ code: 'custom', ...fault });
    }),
  );
}
