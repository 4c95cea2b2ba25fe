import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const PREDICTOR_ROUTES = /^\/(v1\/(predict|outcomes)|v2|health\/ml)\b/;

export interface Gateway extends AsyncDisposable {
  url: string;
}

/** Routes requests to services in separate processes: to the predictors round robin, all others to the API. */
export async function startGateway(routes: { api: string; predictors: readonly string[] }): Promise<Gateway> {
  /** requests by path */
  const counts = new Map<string, number>();
  const server = createServer((incoming, response) => {
    const { method, url = '/', headers } = incoming;
    const turn = counts.get(url) ?? 0;
    counts.set(url, turn + 1);
    const { api, predictors } = routes;
    const target = PREDICTOR_ROUTES.test(url) ? predictors[turn % predictors.length]! : api;
    const outgoing = request(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
