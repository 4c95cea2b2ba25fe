import type { FastifyInstance } from 'fastify';

/** Tells which methods there are for a path, whatever the request's was; none when no route has that path. */
export function allowedMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { path: RegExp; methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ path: pathPattern(url), methods: [method].flat() });
  });
  return (path) =>
    [...new Set(routes.filter((route) => route.path.test(path)).flatMap(({ methods }) => methods))].sort();
}

/** Paths of a route: `:name` is one segment, `*` the rest. */
const pathPattern = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/:\w+/g, '[^/]+')
      .replaceAll('*', '.*')}$`,
  );
