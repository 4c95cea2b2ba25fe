import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** What deploys epochlog, read as it stands. */

export const root = join(import.meta.dirname, '../..');

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
export const exists = (path: string): boolean => existsSync(join(root, path));

/** The documents of a YAML file, anchors and merges resolved. */
export const readYaml = <T>(path: string): T[] =>
  parseAllDocuments(read(path), { merge: true }).map(
    (document): T => document.toJS({ maxAliasCount: 1_000 }),
  );

/** The groups of all matches of a pattern. */
export const matches = (text: string, pattern: RegExp): Record<string, string>[] =>
  Array.from(text.matchAll(pattern), ({ groups }) => ({ ...groups }));

const dockerfile = read('infra/docker/Dockerfile').replaceAll('\\\n', '');

/** infra/docker/Dockerfile, as far as it can be understood without building it. */
export const IMAGE = {
  bases: matches(dockerfile, /^FROM (?<image>\S+)/gm).map(({ image = '' }) => image),
  /** files and folders of the project that are copied into the image */
  copied: [
    ...new Set(
      matches(dockerfile, /^COPY (?!--from)(?<paths>.+)$/gm).flatMap(({ paths = '' }) =>
        paths.split(' ').slice(0, -1),
      ),
    ),
  ].sort(),
  /** packages that are left out of it */
  leftOut: matches(dockerfile, /rm -rf (?<paths>(?:node_modules\/\S+ *)+)/g)
    .flatMap(({ paths = '' }) => paths.trim().split(/ +/))
    .map((path) => path.replace('node_modules/', '')),
  user: matches(dockerfile, /^USER (?<user>\S+)/gm).at(-1)?.user,
  text: dockerfile,
};

/** The routes of the predictor, which a client finds under the same base URL as those of the api; of the protocol the root. */
export const PREDICTOR_ROUTES = matches(
  read('services/predictor/routes.ts') + read('services/predictor/inference-protocol/routes.ts'),
  /url: '(?<path>\/v2(?=')|\/(?!v2)[^']+)'/g,
)
  .map(({ path = '' }) => path)
  .sort();
