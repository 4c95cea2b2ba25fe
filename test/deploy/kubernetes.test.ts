import { expect, test } from 'vitest';
import { loadServices } from '../../cli/services.ts';
import { readConfig } from '../../infra/config/config.ts';
import { hostGuard } from '../../infra/http/protection.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { isRead } from '../harness/variables.ts';
import { exists, PREDICTOR_ROUTES, readYaml } from './files.ts';

interface Container {
  image: string;
  args: string[];
  livenessProbe?: object;
  readinessProbe?: object;
  resources: { limits: { memory: string } };
  securityContext: object;
}

interface Workload {
  metadata: { name: string };
  spec: {
    selector?: { matchLabels: object };
    template: {
      metadata?: { labels: object };
      spec: { enableServiceLinks: boolean; securityContext: object; containers: [Container] };
    };
  };
}

interface Kustomization {
  resources: string[];
  images: { name: string; newTag: string }[];
  configMapGenerator: [{ literals: string[] }];
}

interface Route {
  path: string;
  backend: { service: { name: string } };
}

type Routes = [
  { spec: { rules: [{ http: { paths: Route[] } }] } },
  ...{ metadata: { name: string }; spec: { selector: object } }[],
];

const folder = 'infra/k8s';
const [kustomization] = readYaml<Kustomization>(`${folder}/kustomization.yaml`) as [Kustomization];
const [{ items: deployments }] = readYaml<{ items: Workload[] }>(`${folder}/services.yaml`) as [
  { items: Workload[] },
];
const [setup] = readYaml<Workload>(`${folder}/setup.yaml`) as [Workload];
const [ingress, ...endpoints] = readYaml(`${folder}/routes.yaml`) as Routes;
const containerOf = ({ spec }: Workload) => spec.template.spec.containers[0];

test('each service has a deployment of its own', async () => {
  const names = (await loadServices()).map(({ name }) => name);
  expect(deployments.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(deployments.map((deployment) => containerOf(deployment).args)).toEqual(
    names.map((name) => ['service', name]),
  );
});

test('what belongs together goes together', () => {
  const labels = deployments.map(({ spec }) => spec.selector?.matchLabels);
  expect(deployments.map(({ spec }) => spec.template.metadata?.labels)).toEqual(labels);
  expect(new Set(labels.map((label) => JSON.stringify(label))).size).toBe(deployments.length);
  for (const endpoint of endpoints) expect(labels).toContainEqual(endpoint.spec.selector);
  expect(kustomization.resources.filter((file) => !exists(`${folder}/${file}`))).toEqual([]);
});

test('nobody is root, nothing is written but to /tmp, and memory has a limit', () => {
  for (const workload of [setup, ...deployments]) {
    const { spec } = workload.spec.template;
    expect(spec).toMatchObject({ enableServiceLinks: false, securityContext: { runAsNonRoot: true } });
    expect(containerOf(workload)).toMatchObject({
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      resources: { limits: { memory: expect.stringMatching(/^\d+[MG]i$/) } },
    });
  }
});

test('services are asked how they are', () => {
  for (const deployment of deployments) {
    expect(containerOf(deployment)).toMatchObject({
      livenessProbe: { httpGet: { path: '/health/live' } },
      readinessProbe: { httpGet: { path: '/health/ready' } },
    });
  }
});

test('the image is that of this version', () => {
  const images = new Set([setup, ...deployments].map((workload) => containerOf(workload).image));
  expect([...images]).toEqual(kustomization.images.map(({ name }) => name));
  expect(kustomization.images.map(({ newTag }) => newTag)).toEqual([packageJson.version]);
});

test('probes and scrapes reach the address of a pod, clients the names of services', () => {
  const literals = kustomization.configMapGenerator[0].literals.map((literal) => literal.split('='));
  const check = hostGuard(
    readConfig({}, { ...Object.fromEntries(literals), EPOCHLOG_TOKEN: 'sixteen or more letters' }),
  );
  for (const host of [
    '10.244.1.7:8800',
    '[fd00::7]:8800',
    'api:8800',
    'predictor.ml.svc.cluster.local:8800',
  ]) {
    expect(() => check(host)).not.toThrow();
  }
  expect(() => check('rebound.example:8800')).toThrow('EPOCHLOG_ALLOWED_HOSTS');
});

test('each variable that is set is read', () => {
  const variables = kustomization.configMapGenerator[0].literals.map(
    (literal) => literal.split('=')[0] ?? '',
  );
  expect(variables.length).toBeGreaterThan(5);
  expect(variables.filter((variable) => !isRead(variable))).toEqual([]);
});

test('a client finds the routes of the predictor and the api under one address', () => {
  const { paths } = ingress.spec.rules[0].http;
  const to = (name: string) =>
    paths.filter(({ backend }) => backend.service.name === name).map(({ path }) => path);
  expect(to('predictor').sort()).toEqual(PREDICTOR_ROUTES);
  expect(to('tracker').sort()).toEqual(['/ajax-api', '/api', '/version']);
  expect(to('api')).toEqual(['/']);
  expect(endpoints.map(({ metadata }) => metadata.name).sort()).toEqual(['api', 'predictor', 'tracker']);
});
