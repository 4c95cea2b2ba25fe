import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { loadServices } from '../../cli/services.ts';
import { readConfig } from '../../infra/config/config.ts';
import { hostGuard } from '../../infra/http/protection.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { isRead, variablesIn } from '../harness/variables.ts';
import { exists, matches, PREDICTOR_ROUTES, read, readYaml, root } from './files.ts';

interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

interface ComposeService {
  image: string;
  restart?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  mem_limit?: string;
  healthcheck?: { test?: string[] };
  depends_on?: Record<string, { condition: string }>;
}

const text = read('docker-compose.yml');
const [{ services, volumes }] = readYaml<Compose>('docker-compose.yml') as [Compose];
const entries = Object.entries(services);
const lasting = entries.filter(([, { restart }]) => restart === 'unless-stopped');
const isLasting = (name: string) => lasting.some(([other]) => other === name);

test('each service has a container of its own, and no other is run', async () => {
  const run = entries.flatMap(([name, { command }]) =>
    command?.[0] === 'service' ? [[name, command[1]]] : [],
  );
  const names = (await loadServices()).map(({ name }) => name);
  expect(run).toEqual(names.map((name) => [name, name]));
  expect(names.filter((name) => !isLasting(name))).toEqual([]);
});

test('each variable that is set is read', () => {
  const variables = variablesIn(text + read('.env.example') + read('infra/docker/Dockerfile'));
  expect(variables.length).toBeGreaterThan(8);
  expect(variables.filter((variable) => !isRead(variable))).toEqual([]);
});

test('a secret comes from the environment, and without it nothing starts', () => {
  const secrets = entries.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment).flatMap(([key, value]) =>
      /PASSWORD|SECRET|TOKEN/.test(key) ? [{ name, key, value }] : [],
    ),
  );
  expect(secrets.length).toBeGreaterThan(10);
  expect(secrets.filter(({ value }) => !/^\$\{\w+:\?/.test(String(value)))).toEqual([]);
  const asked = new Set(matches(text, /\$\{(?<name>\w+):/g).map(({ name }) => name));
  const offered = matches(read('.env.example'), /^(?<name>\w+)=(?<value>.*)$/gm);
  expect(offered.map(({ name }) => name).sort()).toEqual([...asked].sort());
  expect(offered.filter(({ value }) => value !== '')).toEqual([]);
});

test('each image is of one version: that of this project, and those that the tests of a cluster run', () => {
  const images = new Map(entries.map(([name, { image }]) => [name, image]));
  expect([...images.values()].filter((image) => !/^[a-z][\w./-]*:\d+\.\d+[\w.-]*$/.test(image))).toEqual([]);
  const own = entries.filter(([, { command }]) => command?.[0] === 'service').map(([, { image }]) => image);
  expect([...new Set([...own, images.get('setup'), images.get('cli')])]).toEqual([
    `epochlog:${packageJson.version}`,
  ]);
  const [tested] = matches(
    read('test/harness/cluster/distributions.ts'),
    /KAFKA = '(?<kafka>.+)'[\s\S]*REGISTRY = '(?<registry>.+)'/g,
  );
  expect(images.get('kafka')).toBe(`apache/kafka:${tested?.kafka}`);
  expect(images.get('registry')).toBe(`apicurio/apicurio-registry:${tested?.registry}`);
});

test('the name of each service is an allowed host: others in the network scrape and call it by that', () => {
  const check = hostGuard(
    readConfig({}, { EPOCHLOG_ALLOWED_HOSTS: String(services.api?.environment?.EPOCHLOG_ALLOWED_HOSTS) }),
  );
  const names = entries.flatMap(([name, { command }]) => (command?.[0] === 'service' ? [name] : []));
  expect(names.length).toBeGreaterThan(10);
  for (const name of [...names, 'gateway', 'localhost', '172.18.0.7'])
    expect(() => check(`${name}:8800`)).not.toThrow();
  expect(() => check('rebound.example:8800')).toThrow('EPOCHLOG_ALLOWED_HOSTS');
});

test('only this machine reaches a port', () => {
  const ports = entries.flatMap(([, service]) => service.ports ?? []);
  expect(ports).toEqual(['127.0.0.1:8800:8800']);
});

test('what lasts is asked how it is, and everything has a limit of memory', () => {
  expect(lasting.filter(([, { healthcheck }]) => !healthcheck?.test).map(([name]) => name)).toEqual([]);
  expect(entries.filter(([, service]) => !service.mem_limit).map(([name]) => name)).toEqual([]);
});

test('what is waited for exists, and can come about', () => {
  const waits = entries.flatMap(([name, service]) =>
    Object.entries(service.depends_on ?? {}).map(([on, { condition }]) => ({ name, on, condition })),
  );
  expect(waits.length).toBeGreaterThan(15);
  const possible = ({ on, condition }: { on: string; condition: string }) =>
    on in services && condition === (isLasting(on) ? 'service_healthy' : 'service_completed_successfully');
  expect(waits.filter((wait) => !possible(wait))).toEqual([]);
});

test('what is mounted exists: a volume that is declared, or a file', () => {
  const mounted = entries
    .flatMap(([, service]) => service.volumes ?? [])
    .map((mount) => mount.split(':')[0] ?? '');
  expect(mounted.length).toBeGreaterThan(3);
  expect(mounted.filter((source) => !(source in volumes) && !exists(source))).toEqual([]);
});

test('the log forgets nothing, and has the topics that were asked for', () => {
  expect(services.kafka?.environment).toMatchObject({
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_LOG_RETENTION_MS: -1,
    KAFKA_OFFSETS_RETENTION_MINUTES: 2 ** 31 - 1,
  });
});

test('the gateway knows the routes of the predictor', () => {
  const [routes] = matches(read('infra/docker/Caddyfile'), /@predictor path (?<paths>.+)/g);
  expect(routes?.paths?.split(' ').sort()).toEqual([...PREDICTOR_ROUTES, '/v2/*']);
  const [tracker] = matches(read('infra/docker/Caddyfile'), /@tracker path (?<paths>.+)/g);
  expect(tracker?.paths).toBe('/api/* /ajax-api/* /version');
});

/** Why `docker compose` cannot be asked, or undefined. */
function composeIsMissing(): string | undefined {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'docker compose is not installed here';
  }
}

test('docker compose understands it', (context) => {
  const reason = composeIsMissing();
  if (reason) context.skip(reason);
  const secrets = matches(read('.env.example'), /^(?<name>\w+)=/gm).map(({ name = '' }) => name);
  const config = (secret: string) =>
    execFileSync('docker', ['compose', '--profile', '*', 'config', '--services'], {
      cwd: root,
      env: { ...process.env, ...Object.fromEntries(secrets.map((name) => [name, secret])) },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  expect(config('sixteen or more letters').trim().split('\n').sort()).toEqual(Object.keys(services).sort());
  expect(() => config('')).toThrow('copy .env.example to .env');
});
