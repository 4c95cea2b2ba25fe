import { EpochlogError } from '../../kernel/errors.ts';
import { readModel } from '../../operations/production.ts';
import type { Session } from '../../operations/session.ts';
import { assertNotExpired } from '../../schemas/models/kept.ts';
import { noVersion } from '../listing.ts';

/** The version of a model that a command asks about: the one in production where none is named. NOT_FOUND, or CONFLICT for an expired one. */
export async function askedVersion(
  session: Session,
  model: string,
  version?: string,
): Promise<{ version: string; package: string; datasetId: string }> {
  const { versions, production } = await readModel(session.events, model);
  const found = version === undefined ? production?.data : versions.get(version)?.data;
  if (found) {
    await assertNotExpired(session.events, model, found.version);
    return found;
  }
  if (version !== undefined) throw noVersion(model, version, versions.keys());
  const known = [...versions.keys()].join(', ') || 'none yet: `npx epochlog train` makes one';
  throw new EpochlogError('NOT_FOUND', `no version of ${model} is in production (versions: ${known})`);
}
