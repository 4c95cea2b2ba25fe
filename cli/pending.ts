import type { LoggedEvent } from '../schemas/catalogue.ts';

/** A version that is better, and that goes into production later. */
export type Pending = LoggedEvent<'VersionApproved' | 'ReviewOpened'>;

/** What becomes of a version that the policy deploys by stages, or that people review first. */
export function pendingText(event: Pending): string {
  const { model, version } = event.data;
  if (event.type === 'VersionApproved')
    return `${version}: approved, ${event.data.reason}; it is deployed as its policy says: see \`epochlog deploy status --model ${model}\``;
  const { reviewId, approvals, notes } = event.data;
  return `${version}: waits for its review (${notes}), which takes ${approvals === 1 ? '1 approval' : `${approvals} approvals`}: \`epochlog review approve ${reviewId} --by NAME\``;
}
