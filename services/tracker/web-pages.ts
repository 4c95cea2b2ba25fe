import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { HIDDEN, PAGES } from './protocol/endpoints.ts';
import { MLFLOW_LIMITS, text } from './protocol/values.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** They are not ours: they may run, and ask this server, and no other. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "frame-src 'self' blob: data:",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join('; ');

const params = z.object({ '*': text(MLFLOW_LIMITS.path) });

/**
 * MLflow's own web pages, from the folder `mlflow/server/js/build` of its package, at /mlflow/. Only files that were in the folder at the
 * start are served.
 *
 * @throws EpochlogError CONFIG_INVALID where the folder holds no pages
 */
export async function addWebPages(app: FastifyInstance, folder: string): Promise<void> {
  const files = await filesBelow(folder);
  const page = files.get('index.html');
  if (page === undefined)
    throw new EpochlogError(
      'CONFIG_INVALID',
      `there is no index.html in ${folder}: EPOCHLOG_TRACKER_PAGES must be the folder mlflow/server/js/build of an installed mlflow`,
    );
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.headers({ 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' });
    done(null, payload);
  });
  app.get(PAGES, { schema: HIDDEN }, (_request, reply) => reply.redirect(`${PAGES}/`));
  app.get(`${PAGES}/`, { schema: HIDDEN }, async (_request, reply) =>
    reply.type(TYPES['.html']!).send(await readFile(page)),
  );
  app.get(`${PAGES}/static-files/*`, { schema: { ...HIDDEN, params } }, async ({ params }, reply) => {
    const path = (params as { '*': string })['*'];
    const file = files.get(path);
    if (file === undefined) throw new EpochlogError('NOT_FOUND', `MLflow's pages have no file ${path}`);
    reply.header('cache-control', 'max-age=2419200'); // their names change with what is in them
    return reply.type(TYPES[extname(path)] ?? 'application/octet-stream').send(await readFile(file));
  });
}

/** The files below a folder, by their path with slashes. */
async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory();
  const entries = isFolder ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(folder, path).split(sep).join('/'), path];
      }),
  );
}
