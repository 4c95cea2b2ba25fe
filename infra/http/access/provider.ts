import type { Config } from '../../config/schema.ts';

/** What the configuration says of an identity provider. */
export type Provider = Pick<
  Config,
  'oidcIssuer' | 'oidcAudience' | 'oidcJwks' | 'oidcNameClaim' | 'oidcRolesClaim' | 'oidcRoles'
>;

/** Whether a text has the form of a JSON Web Token. */
export const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
