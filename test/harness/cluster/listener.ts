/** A way into a broker for clients, beside the plain one that the brokers use among themselves. */
export interface ClientListener {
  port: number;
  /** where clients are told to go; default the port itself */
  advertisedPort?: number;
  /** TLS, and who may come in; without it the listener is a plain one */
  security?: ListenerSecurity;
}

export interface ListenerSecurity {
  /** file with the broker's key and certificates, in PEM */
  keystore: string;
  /** file with the authority of clients, in PEM: then each shows a certificate that it has signed */
  clientAuthority?: string;
  /** whether clients have to say who they are by SASL, too */
  sasl?: Sasl;
}

interface Sasl {
  /** passwords by user */
  users: Readonly<Record<string, string>>;
  /** default all that there are here */
  mechanisms?: readonly Mechanism[];
  /** after how long clients have to prove again who they are, in milliseconds; default never */
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

/** What the broker's configuration says of the listeners, each to be added to what is there of the name. */
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
 * What it says beside that. Where a listener asks who one is, nobody may do anything that is not granted, but for those
 * who come by the plain listener of the brokers.
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

/** What formatting the storage is told of them: users of SCRAM are kept by the cluster. */
export const formatArguments = (listeners: readonly ClientListener[]): string[] =>
  listeners.flatMap(({ security }) => (security?.sasl ? scramUsers(security.sasl) : []));

const scramUsers = ({ users, mechanisms = MECHANISMS }: Sasl): string[] =>
  Object.entries(users).flatMap(([user, password]) =>
    mechanisms
      .filter((mechanism) => mechanism !== 'PLAIN')
      .flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user},password=${password}]`]),
  );
