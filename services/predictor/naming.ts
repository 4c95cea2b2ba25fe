import { EpochlogError } from '../../kernel/errors.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { Deployed, Deployment } from './deployment.ts';
import type { ServedModel } from './served-model.ts';

/**
 * The model of that name; without a name the default one, or the only one in production. NOT_FOUND when there is none,
 * MODEL_LOADING while its first version is loaded, MODEL_NOT_READY when it is not served, or in another version than the one that
 * is wanted.
 */
export function modelNamed(
  deployment: Deployment,
  wanted: { model?: string | undefined; version?: string | undefined },
  defaultModel: string | undefined,
): ServedModel {
  const name = wanted.model ?? nameOfDefault(deployment, defaultModel);
  const deployed = deployment.of(name);
  if (!deployed) throw notInProduction(deployment, name, wanted.version);
  const { served, failure } = deployed;
  if (!served) {
    const code = failure ? 'MODEL_NOT_READY' : 'MODEL_LOADING';
    throw new EpochlogError(code, whyNot(deployed, 'no version of it answers'));
  }
  const { version } = served;
  if (wanted.version === undefined || wanted.version === version) return served;
  const candidate = deployment.candidates.of(name)?.served;
  if (candidate?.version === wanted.version) return candidate;
  const reason = failure && wanted.version === deployed.production.version;
  throw new EpochlogError(
    'MODEL_NOT_READY',
    reason
      ? whyNot(deployed, `${version} answers instead`)
      : `${wanted.version} of ${name} is wanted, and ${version} is served: ask again if ${wanted.version} is on its way`,
  );
}

function nameOfDefault(deployment: Deployment, defaultModel: string | undefined): string {
  if (defaultModel !== undefined && deployment.of(defaultModel)) return defaultModel;
  const names = deployment.names();
  const name = names[0] ?? defaultModel;
  if (name === undefined) throw new EpochlogError('MODEL_NOT_READY', `no model is in production: ${TRAIN}`);
  if (names.length <= 1) return name;
  throw new EpochlogError(
    'INPUT_INVALID',
    `name the model: one of ${names.join(', ')}; or set EPOCHLOG_MODEL to the one that is meant`,
  );
}

const TRAIN = 'train a version, and promote it if that does not happen by itself';

function notInProduction(deployment: Deployment, name: string, version: string | undefined): EpochlogError {
  const names = deployment.names().join(', ');
  const others = names === '' ? '' : `; in production now: ${names}`;
  if (deployment.isRetired(name)) {
    const advice = 'promote one of its versions to bring it back';
    return new EpochlogError('NOT_FOUND', `${name} is retired: ${advice}${others}`);
  }
  // who names a version knows that there is one, though its registration has not come here yet
  if (version === undefined && !deployment.isRegistered(name)) {
    return new EpochlogError('NOT_FOUND', `no version of ${name} is registered: ${TRAIN}${others}`);
  }
  const { environment } = deployment;
  const advice =
    environment === PRODUCTION
      ? TRAIN
      : `deploy a version there: epochlog deploy VERSION --model ${name} --env ${environment}`;
  return new EpochlogError('MODEL_NOT_READY', `${name} is not in ${environment}: ${advice}${others}`);
}

const whyNot = ({ production: { model, version }, failure }: Deployed, instead: string): string =>
  `${version} of ${model} is in production and cannot be served, ${instead}: ${failure?.message ?? 'it is being loaded'}`;
