/** A listener of a broker for clients, beside the plaintext one between brokers. */
export interface ClientListener {
  port: number;
  /** default: the port itself */
  advertisedPort?: number;
  /** TLS and authentication; without it the listener is plaintext */
  security?: ListenerSecurity;
}

export interface ListenerSecurity {
  /** file with the broker's key and certificates, in PEM */
  keystore: string;
  /** file with the CA of client certificates, in PEM: with it, clients must have one */
  clientAuthority?: string;
  /** with it, clients must authenticate with SASL */
  sasl?: Sasl;
}

interface Sasl {
  /** passwords by user */
  users: Readonly<Record<string, string>>;
  /** default: all */
  mechanisms?: readonly Mechanism[];
  /** in milliseconds; default: never */
  reauthenticationMs?: number;
}

type Properties = Record<string, string | number | boolean>;

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
type Mechanism = (typeof MECHANISMS)[number];
const JAAS = 'org.apache.kafka.common.security';

const protocolOf = ({ security }: ClientListener): string => {
  if (!security) return 'PLAINTEXT';
  return security.sasl ? 'SASL_SSL' : 'SSL';
};

/** The list properties of the listeners, to be appended to the broker's own. */
export function listenerLists(listeners: readonly ClientListener[]): Record<string, string> {
  const listed = (text: (listener: ClientListener) => string | number) =>
    listeners.map((listener, index) => `${nameOf(index)}:${text(listener)}`).join(',');
  return {
    listeners: listed(({ port }) => `//127.0.0.1:${port}`),
    'advertised.listeners': listed(({ port, advertisedPort }) => `//127.0.0.1:${advertisedPort ?? port}`),
    'listener.security.protocol.map': listed(protocolOf),
  };
}

const nameOf = (index: number): string => `CLIENT${index}`;

/**
 * The other properties of the listeners. With a secured listener, clients need rights (ACLs); those of the plaintext
 * listener are super users.
 */
export function listenerProperties(listeners: readonly ClientListener[]): Properties {
  const own = listeners.flatMap(({ security }, index) =>
    Object.entries(security ? propertiesOf(security) : {}).map(
      ([name, value]) => [`listener.name.${nameOf(index).toLowerCase()}.${name}`, value] as const,
    ),
  );
  if (own.length === 0) return {};
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    ...Object.fromEntries(own),
  };
}

const propertiesOf = (security: ListenerSecurity): Properties => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': security.keystore,
  ...(security.clientAuthority && {
    'ssl.client.auth': 'required',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': security.clientAuthority,
  }),
  ...(security.sasl && saslOf(security.sasl)),
});

function saslOf({ users, mechanisms = MECHANISMS, reauthenticationMs = 0 }: Sasl): Properties {
  const modules = mechanisms.map((mechanism) => [
    `${mechanism.toLowerCase()}.sasl.jaas.config`,
    mechanism === 'PLAIN'
      ? `${JAAS}.plain.PlainLoginModule required ${passwordsOf(users)};`
      : `${JAAS}.scram.ScramLoginModule required;`,
  ]);
  return {
    'sasl.enabled.mechanisms': mechanisms.join(','),
    'connections.max.reauth.ms': reauthenticationMs,
    ...Object.fromEntries(modules),
  };
}

const passwordsOf = (users: Readonly<Record<string, string>>): string =>
  Object.entries(users)
    .map(([user, password]) => `user_${user}="${password}"`)
    .join(' ');

/** Arguments of the storage tool: SCRAM users are stored in the cluster metadata. */
export const formatArguments = (listeners: readonly ClientListener[]): string[] =>
  listeners.flatMap(({ security }) => (security?.sasl ? scramUsers(security.sasl) : []));

const scramUsers = ({ users, mechanisms = MECHANISMS }: Sasl): string[] =>
  Object.entries(users).flatMap(([user, password]) =>
    mechanisms
      .filter((mechanism) => mechanism !== 'PLAIN')
      .flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user},password=${password}]`]),
  );
