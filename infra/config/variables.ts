import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { Service } from '../../kernel/service.ts';
import { type Environment, envName } from './config.ts';
import { configSchema } from './schema.ts';

const CONFIG = Object.keys(configSchema.shape).map((key) => envName(key));

/** Variables that Kubernetes sets in every pod for a Service named epochlog-…: host and ports. */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?$/;
const isServiceLink = (name: string, value: string) =>
  SERVICE_LINK.test(name) || /^(tcp|udp):\/\//.test(value);

const settingsOf = ({ name, settings }: Service): string[] =>
  settings instanceof z.ZodObject ? Object.keys(settings.shape).map((key) => envName(name, key)) : [];

/**
 * CONFIG_INVALID for a variable EPOCHLOG_… that is not a setting: a misspelt one would silently keep its default.
 * The services, whose settings have variables too, are loaded only when the configuration does not know one.
 */
export async function assertKnownVariables(
  loadServices: () => Promise<readonly Service[]>,
  environment: Environment = process.env,
): Promise<void> {
  const others = Object.entries(environment)
    .filter(([name, value = '']) => name.startsWith('EPOCHLOG_') && !isServiceLink(name, value))
    .map(([name]) => name)
    .filter((name) => !CONFIG.includes(name));
  if (others.length === 0) return;
  const known = [...CONFIG, ...(await loadServices()).flatMap(settingsOf)];
  const unknown = others.filter((name) => !known.includes(name)).sort();
  if (unknown.length === 0) return;
  const advice = unknown.map((name) => `${name} is not a setting${suggestion(name, known)}`);
  throw new EpochlogError(
    'CONFIG_INVALID',
    `${advice.join('; ')}; unset it, or see docs/reference/settings.md for all there are`,
  );
}

function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : `: did you mean ${meant}?`;
}
