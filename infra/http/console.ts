import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { PROTECTIVE_HEADERS } from './protection.ts';

const root = join(import.meta.dirname, '../..');
const FOLDER = join(root, 'console');
const MODULES = join(root, 'node_modules');
const PREFIX = '/console';
const LIBRARIES = `${PREFIX}/lib`;
const PAGES = `${PREFIX}/pages/`;
const FIRST_PAGE = 'now';

/** Everything comes from this server, and nothing runs that is not a file of the console. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
};

/** A module's imports: `from '…'` and `import '…'`. */
const IMPORTS = /(\bfrom\s*|\bimport\s*)(["'])([@\w.][@\w./-]*)\2/g;
/** What a module imports when it is needed. */
const LATER = /\bimport\((["'])(\.[\w./-]*)\1\)/g;
/** Of libraries whose modules are not minified, scripts that are: half of the bytes. */
const MINIFIED: Readonly<Record<string, string>> = { uplot: 'dist/uPlot.iife.min.js' };
/** Files that a page loads. */
const REFERENCES = /(?:href|src)="(\/console\/[^"]+)"/g;

interface Asset {
  type: string;
  body: Buffer;
  zipped: Buffer;
  etag: string;
  /** URLs of what it needs at once */
  imported?: readonly string[];
}

type Assets = ReadonlyMap<string, Asset>;

/**
 * The web console: `/` and all URLs below `/console`. Its TypeScript is served with the types stripped, its libraries from
 * node_modules. Only files that its page refers to, directly or by imports, are served; they are read at the first request.
 */
export function addConsole(app: FastifyInstance): void {
  let loading: Promise<Assets> | undefined;
  const assets = () => {
    loading ??= loadAssets();
    return loading;
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0]!;
    const files = await assets();
    const isFile = extname(path) in TYPES;
    const asset =
      files.get(path) ?? (isFile ? undefined : (files.get(documentOf(path)) ?? files.get(PREFIX)));
    if (!asset) throw new EpochlogError('NOT_FOUND', `the console has no file ${path}`);
    return send(asset, request, reply);
  };
  const options = { schema: { hide: true } };
  app.get('/', options, answer);
  app.get(PREFIX, options, answer);
  app.get(`${PREFIX}/*`, options, answer);
}

function send(
  { type, body, zipped, etag }: Asset,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.headers({
    ...PROTECTIVE_HEADERS,
    'content-security-policy': POLICY,
    'cache-control': 'no-cache', // asked again each time, and answered with 304 while it is the same
    'content-type': type,
    etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(zipped);
}

/** The document of a page, in which its own script is named: `/console/runs/7` is shown by pages/runs.ts. */
const documentOf = (path: string): string =>
  `${PAGES}${path.slice(PREFIX.length + 1).split('/', 1)[0] || FIRST_PAGE}.html`;

/** The page and all files that it needs, by URL. */
async function loadAssets(): Promise<Assets> {
  const found = new Map<string, Asset>();
  const page = await readFile(join(FOLDER, 'index.html'), 'utf8');
  const waiting = [...page.matchAll(REFERENCES)].map(([, url]) => url!);
  const later = await addAll(found, waiting);
  const first = [...found.keys()];
  found.set(PREFIX, await assetOf('.html', withPreloads(page, first)));
  const documents = later.filter((url) => url.startsWith(PAGES));
  while (later.length > 0) later.push(...(await addAll(found, later.splice(0))));
  for (const url of documents) {
    const all = withImports([...first, url], found);
    found.set(url.replace(/\.ts$/, '.html'), await assetOf('.html', withPreloads(page, all)));
  }
  return found;
}

/** Files with all that they import at once. */
function withImports(urls: readonly string[], assets: Assets): string[] {
  const all = new Set(urls);
  for (const url of all) for (const imported of assets.get(url)?.imported ?? []) all.add(imported);
  return [...all];
}

/** Adds files with all that they import at once; returns what they import when it is needed. */
async function addAll(found: Map<string, Asset>, waiting: string[]): Promise<string[]> {
  const later: string[] = [];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (found.has(url)) continue;
    const file = fileOf(url);
    const { text, imported, importedLater } = translated(await readFile(file, 'utf8'), file);
    found.set(url, { ...(await assetOf(extname(file), text)), imported });
    waiting.push(...imported);
    later.push(...importedLater);
  }
  return later;
}

/** The page with its modules named at once: else a browser learns of each when it has read the one that imports it. */
function withPreloads(page: string, urls: readonly string[]): string {
  const modules = urls.filter((url) => TYPES[extname(url)] === TYPES['.ts']);
  const links = modules.map((url) => `<link rel="modulepreload" href="${url}" />`);
  return page.replace('</head>', `${links.join('')}</head>`);
}

/** A file as browsers take it: without types, its imports as URLs. */
function translated(
  source: string,
  file: string,
): { text: string; imported: string[]; importedLater: string[] } {
  if (extname(file) === '.css') return { text: source, imported: [], importedLater: [] };
  const imported: string[] = [];
  const script = extname(file) === '.ts' ? withoutComments(withoutTypes(source)) : asModule(source, file);
  const text = script.replaceAll(IMPORTS, (_, before: string, quote: string, name: string) => {
    const url = urlOf(name.startsWith('.') ? join(dirname(file), name) : libraryFile(name));
    imported.push(url);
    return `${before}${quote}${url}${quote}`;
  });
  const importedLater = [...script.matchAll(LATER)].map(([, , name]) => urlOf(join(dirname(file), name!)));
  return { text, imported, importedLater };
}

/** What stands above functions is for those who read the source. */
const withoutComments = (script: string): string =>
  script.replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*\n/gm, '');

/** A script that sets one global, as a module that exports it. */
function asModule(source: string, file: string): string {
  const [, global] = /^(?:\/\*[\s\S]*?\*\/\s*)?var (\w+)=function\(\)/.exec(source) ?? [];
  return file.endsWith('.iife.min.js') ? `${source}\nexport default ${global};\n` : source;
}

/** Node warns that the function is experimental, which is of no use to the user of `up`. */
function withoutTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The file of a library for browsers: an ES module. */
function libraryFile(name: string): string {
  const require = createRequire(import.meta.url);
  const isPackage = name.split('/').length === (name.startsWith('@') ? 2 : 1);
  if (isPackage) {
    const smaller = MINIFIED[name];
    if (smaller) return join(MODULES, name, smaller);
    const { module }: { module?: string } = require(join(MODULES, name, 'package.json'));
    if (module) return join(MODULES, name, module);
  }
  return fileURLToPath(import.meta.resolve(name));
}

function urlOf(file: string): string {
  const isLibrary = file.startsWith(MODULES + sep);
  const path = relative(isLibrary ? MODULES : FOLDER, file)
    .split(sep)
    .join('/');
  return `${isLibrary ? LIBRARIES : PREFIX}/${path}`;
}

const fileOf = (url: string): string =>
  url.startsWith(`${LIBRARIES}/`)
    ? join(MODULES, url.slice(LIBRARIES.length))
    : join(FOLDER, url.slice(PREFIX.length));

async function assetOf(extension: string, text: string): Promise<Asset> {
  const body = Buffer.from(text);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extension]!, body, zipped: await promisify(gzip)(body), etag };
}
