import { readFileSync } from 'node:fs';
import { messageOf } from '../../kernel/errors.ts';

/** `${env:SLACK_URL}` and `${file:/run/secrets/slack}`: what stands there is not in the file of channels itself. */
const REFERENCE = /\$\{(?<kind>[a-z]+):(?<name>[^}]+)\}/g;

/** The fields of a channel that may refer to a secret. */
const SECRETS = new Set(['url', 'secret', 'user', 'password']);

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a reference: the name of the variable or file, never what it holds. */
export class ReferenceFault extends Error {}

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
    return [name, filled(value, `channels.${index}.${name}`, environment)];
  });
  return Object.fromEntries(fields);
}

const filled = (text: string, at: string, environment: Environment): string =>
  text.replaceAll(REFERENCE, (_, kind: string, name: string) => {
    if (kind === 'env') return variable(name, at, environment);
    if (kind === 'file') return contentOf(name, at);
    throw new ReferenceFault(`${at}: there is no \${${kind}:…}: name \${env:VARIABLE} or \${file:/path}`);
  });

function variable(name: string, at: string, environment: Environment): string {
  const value = environment[name];
  if (value) return value;
  throw new ReferenceFault(`${at}: the variable ${name} is not set`);
}

/** Without the line break that editors put at the end. */
function contentOf(path: string, at: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ReferenceFault(`${at}: ${messageOf(error)}`);
  }
}
