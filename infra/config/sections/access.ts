import { isIP } from 'node:net';
import { z } from 'zod';
import { ROLES } from '../../../kernel/access.ts';
import { httpUrl, LOOPBACK } from './values.ts';

const HOST_NAMES = /^\.?[a-z\d-]+(?:\.[a-z\d-]+)*(?:,\.?[a-z\d-]+(?:\.[a-z\d-]+)*)*$/i;
/** Each is an address, a subnet, or a word that the package proxy-addr knows. */
const isProxy = (proxy: string): boolean => {
  const [address = '', bits, ...rest] = proxy.split('/');
  if (bits === undefined) return isIP(address) !== 0 || PROXY_NETWORKS.has(address);
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return rest.length === 0 && /^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most;
};
const PROXY_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Without TLS somebody on the way could give keys of their own. */
const isSafe = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || LOOPBACK.has(hostname.replace(/^\[(.*)\]$/, '$1'));
};

/** Words of a claim, and the role that each stands for: `ml-admins=admin,data=operator`. */
const roleTable = z
  .string()
  .transform((text) => text.split(',').map((pair) => pair.split('=')))
  .refine(
    (pairs) =>
      pairs.every(
        ([word, role, ...rest]) => word && rest.length === 0 && ROLES.some((known) => known === role),
      ),
    `must be words with their roles (${ROLES.join(', ')}), such as ml-admins=admin,data-team=operator`,
  )
  .transform(
    (pairs) =>
      new Map(
        pairs.flatMap(([word = '', role]) =>
          ROLES.filter((one) => one === role).map((one) => [word, one] as const),
        ),
      ),
  );

/** Who is let in to the HTTP API. */
export const access = {
  token: z
    .string()
    .min(16)
    .optional()
    .describe(
      'bearer token of the first admin, 16 characters or more; commands send it to the HTTP API of services that run already',
    ),
  authentication: z
    .enum(['required', 'development'])
    .optional()
    .describe(
      'whether requests to the HTTP API must carry a token: `required`, or `development`, on this machine alone, where every caller that ' +
        'reaches it may do everything. By default `required` with `EPOCHLOG_TOKEN` or `EPOCHLOG_OIDC_ISSUER`, else `development`',
    ),
  oidcIssuer: httpUrl('nothing')
    .optional()
    .describe('issuer of an OpenID Connect provider whose bearer tokens count: the claim `iss` of them'),
  oidcAudience: z.string().min(1).optional().describe('the claim `aud` that its tokens must have'),
  oidcJwks: httpUrl('nothing')
    .refine(isSafe, 'must be https, or on this machine')
    .optional()
    .describe('URL of its keys, a JSON Web Key Set'),
  oidcNameClaim: z
    .string()
    .min(1)
    .default('sub')
    .describe('claim that events name as who asked; people must not be able to change it'),
  oidcRolesClaim: z
    .string()
    .min(1)
    .default('roles')
    .describe('claim that has the roles, a text or a list; dots descend: `realm_access.roles`'),
  oidcRoles: roleTable
    .optional()
    .describe(
      'what its words stand for: `ml-admins=admin,data-team=operator`; without it they are the names of roles',
    ),
  rateLimit: z.coerce
    .number()
    .int()
    .min(0)
    .default(6_000)
    .describe(
      'requests a minute of one token, or of one address where no token is needed; beyond that 429; 0: no limit, as in development',
    ),
  predictionRateLimit: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'requests for predictions, with outcomes and of MLflow clients, likewise, which the other limit does not count; by default any number',
    ),
  openReads: z
    .enum(['health', 'metrics', 'all'])
    .default('metrics')
    .describe(
      'what may be read without a token: `health` and the documentation, also `/metrics`, or all that is not a write',
    ),
  allowedHosts: z
    .string()
    .regex(HOST_NAMES, 'must be host names with commas between, such as models.example,.internal.example')
    .transform((names) => names.toLowerCase().split(','))
    .optional()
    .describe(
      'names that requests may be addressed to, with commas between, beside addresses, `localhost` and `EPOCHLOG_HOST`; ' +
        '`.example.org` allows all names below it',
    ),
  trustedProxies: z
    .string()
    .transform((proxies) => proxies.split(','))
    .refine(
      (proxies) => proxies.every(isProxy),
      'must be addresses, subnets, loopback, linklocal or uniquelocal',
    )
    .optional()
    .describe(
      'proxies whose `X-Forwarded-For` tells the address of a client: addresses, subnets, `loopback`, `uniquelocal`; ' +
        'without them all that comes by a proxy is one client',
    ),
};
