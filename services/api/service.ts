import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Service } from '../../kernel/service.ts';
import { type ApiContext, type ApiSettings, settings } from './settings.ts';

/** The query service: answers from the projections, and appends requests. Reacts to no events. */
export const service: Service<ApiSettings> = {
  name: 'api',
  usesWarehouse: true,
  runs: 'everywhere',
  settings,
  reactsTo: [],
  effects: false,
  start: () => ({}),
  loadRoutes: routeFiles,
  async routes(app: FastifyInstance, context: ApiContext) {
    for (const { addRoutes } of await routeFiles()) addRoutes(app, context);
  },
};

interface RouteFile {
  addRoutes(app: FastifyInstance, context: ApiContext): void;
}

/** Every file under routes/ exports `addRoutes`. */
async function routeFiles(): Promise<RouteFile[]> {
  const folder = join(import.meta.dirname, 'routes');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(names.map((name): Promise<RouteFile> => import(join(folder, name))));
}
