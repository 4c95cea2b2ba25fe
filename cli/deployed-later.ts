import type { LoggedEvent } from '../schemas/catalogue.ts';

/** What becomes of a version that the policy deploys by stages. */
export const deployedLater = ({ data: { model, version, reason } }: LoggedEvent<'VersionApproved'>): string =>
  `${version}: approved, ${reason}; it is deployed as its policy says: see \`epochlog deploy status --model ${model}\``;
