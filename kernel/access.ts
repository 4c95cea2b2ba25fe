import { EpochlogError } from './errors.ts';

/** What somebody may do, from least to most; each may also do what those before it may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Who sends a request, and what they may do. */
export interface Actor {
  /** what events say who asked: the name of a token, or the subject that an identity provider tells */
  readonly name: string;
  readonly role: Role;
  /** how that is known. `development`: it is not, since the server needs no token */
  readonly by: 'development' | 'bootstrap' | 'token' | 'oidc';
}

/** Whether a role may do what another may. */
export const includesRole = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

/**
 * @param what that needs the role, as the beginning of a sentence
 * @throws FORBIDDEN unless the actor has the role, or one above it
 */
export function assertRole({ name, role }: Actor, needed: Role, what = 'this'): void {
  if (includesRole(role, needed)) return;
  throw new EpochlogError(
    'FORBIDDEN',
    `${what} needs the role ${needed}, and ${name} is ${role}: ask an admin for a token of that role`,
  );
}
