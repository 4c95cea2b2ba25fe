import { MirrorFault } from './client.ts';
import { type Mirror, PACKAGE, RUN_TAG, runOf, VERSION_TAG, type Writers, type Written } from './mirrored.ts';
import { registeredName, tagsOf } from './naming.ts';

/** The alias of the version that answers. */
const PRODUCTION = 'production';

/** Versions are those of a registered model, whose files are the package of their run. */
export const VERSION_WRITERS: Writers<
  'VersionRegistered' | 'VersionPromoted' | 'VersionRolledBack' | 'VersionArchived'
> = {
  async VersionRegistered({ data }, mirror) {
    const { model, version, runId } = data;
    const mlflowRunId = runOf(runId, mirror);
    const root = await mirror.server.artifactsOf(mlflowRunId);
    const identity = { key: VERSION_TAG, value: version };
    const mlflowVersion = await mirror.server.version(registeredName(model), identity, {
      source: `${root}/${PACKAGE}`,
      runId: mlflowRunId,
      tags: tagsOf({
        ...{ [RUN_TAG]: runId, 'epochlog.model': model, 'epochlog.package': data.package },
        ...{ 'epochlog.dataset_id': data.datasetId, 'epochlog.evaluation_id': data.evaluationId },
        'epochlog.model_hash': data.modelHash,
      }),
    });
    return { model, mlflowRunId: null, mlflowVersion };
  },

  VersionPromoted: ({ data }, mirror) =>
    stand(data.model, data.version, { 'epochlog.promoted': data.reason }, mirror),

  VersionRolledBack: ({ data }, mirror) =>
    stand(data.model, data.version, { 'epochlog.rolled_back_to': data.reason }, mirror),

  async VersionArchived({ data }, mirror) {
    const { model, version, reason } = data;
    const mlflowVersion = await versionOf(model, version, mirror);
    const tags = tagsOf({ 'epochlog.archived': reason || 'archived' });
    await mirror.server.tagVersion(registeredName(model), mlflowVersion, tags);
    return { model, mlflowRunId: null, mlflowVersion };
  },
};

/** A version answers from now on. */
async function stand(
  model: string,
  version: string,
  why: Readonly<Record<string, string>>,
  mirror: Mirror,
): Promise<Written> {
  const name = registeredName(model);
  const mlflowVersion = await versionOf(model, version, mirror);
  await mirror.server.setAlias(name, PRODUCTION, mlflowVersion);
  await mirror.server.tagVersion(name, mlflowVersion, tagsOf(why));
  return { model, mlflowRunId: null, mlflowVersion };
}

async function versionOf(model: string, version: string, { server }: Mirror): Promise<string> {
  const found = await server.versionWith(registeredName(model), { key: VERSION_TAG, value: version });
  if (found !== undefined) return found;
  throw new MirrorFault(
    'NOT_MIRRORED',
    `${model} ${version} is not on the server: it was registered before EPOCHLOG_MIRROR_SINCE, or deleted there`,
    true,
  );
}
