import type { Client } from './client.ts';
import { translated } from './failure.ts';

/** Those of the groups that have members now. */
export async function activeGroups({ kafka, address }: Client, groups: readonly string[]): Promise<string[]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const described = await admin.describeGroups([...groups]);
    return described.groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId);
  } catch (error) {
    throw translated(error, address);
  } finally {
    await admin.disconnect();
  }
}
