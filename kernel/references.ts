import { readFileSync } from 'node:fs';
import { messageOf } from './errors.ts';

/** `${env:SLACK_URL}` and `${file:/run/secrets/slack}`: a secret stands there, not in what is configured. */
const REFERENCE = /\$\{(?<kind>[a-z]+):(?<name>[^}]+)\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a reference: the name of the variable or file, never what it holds. */
export class ReferenceFault extends Error {}

/** A text with the secrets that it refers to. `at` names where it stands. @throws ReferenceFault */
export const withReferences = (text: string, at: string, environment: Environment): string =>
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
