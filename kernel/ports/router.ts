/** What a service adds its HTTP routes to. infra/http passes a Fastify instance; the kernel only hands it over. */
export interface Router {
  route(options: never): unknown;
}
