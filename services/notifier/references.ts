import { type Environment, withReferences } from '../../kernel/references.ts';

/** The fields of a channel that may refer to a secret. */
const SECRETS = new Set(['url', 'secret', 'user', 'password']);

/** The channels of a file, as it was parsed, with the secrets that they refer to. @throws ReferenceFault */
export function resolved(content: unknown, environment: Environment): unknown {
  if (typeof content !== 'object' || content === null) return content;
  const channels: unknown = Reflect.get(content, 'channels');
  if (!Array.isArray(channels)) return content;
  return {
    ...content,
    channels: channels.map((channel: unknown, i) => withSecrets(channel, i, environment)),
  };
}

function withSecrets(channel: unknown, index: number, environment: Environment): unknown {
  if (typeof channel !== 'object' || channel === null) return channel;
  const fields = Object.entries(channel).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string' || !SECRETS.has(name)) return [name, value];
    return [name, withReferences(value, `channels.${index}.${name}`, environment)];
  });
  return Object.fromEntries(fields);
}
