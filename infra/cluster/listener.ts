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
  /** by SASL with PLAIN or SCRAM-SHA-256 */
  user: string;
  password: string;
}

const NAME = 'CLIENT';
const SASL = 'org.apache.kafka.common.security';

const protocolOf = ({ security }: ClientListener): string => (security ? 'SASL_SSL' : 'PLAINTEXT');

/** What the broker's configuration says of the listener, each to be added to what is there of the name. */
export const listenerLists = (listener: ClientListener): Record<string, string> => ({
  listeners: `${NAME}://127.0.0.1:${listener.port}`,
  'advertised.listeners': `${NAME}://127.0.0.1:${listener.advertisedPort ?? listener.port}`,
  'listener.security.protocol.map': `${NAME}:${protocolOf(listener)}`,
});

/** What it says beside that. */
export function listenerProperties({ security }: ClientListener): Record<string, string> {
  if (!security) return {};
  const { keystore, user, password } = security;
  const own: Record<string, string> = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'plain.sasl.jaas.config': `${SASL}.plain.PlainLoginModule required user_${user}="${password}";`,
    'scram-sha-256.sasl.jaas.config': `${SASL}.scram.ScramLoginModule required;`,
  };
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [`listener.name.${NAME.toLowerCase()}.${name}`, value]),
  );
}

/** What formatting the storage is told of it: users of SCRAM are kept by the cluster. */
export const formatArguments = ({ security }: ClientListener): string[] =>
  security ? ['--add-scram', `SCRAM-SHA-256=[name=${security.user},password=${security.password}]`] : [];
