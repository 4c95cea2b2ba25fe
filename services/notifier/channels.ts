import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type Environment, ReferenceFault } from '../../kernel/references.ts';
import { identifier } from '../../kernel/texts.ts';
import { wordsWithoutValue } from '../../kernel/wording.ts';
import { monitorKinds } from '../../ml/monitors.ts';
import { alertKinds } from '../../schemas/alerts/silence.ts';
import { SEVERITIES, TOLD } from './messages.ts';
import { resolved } from './references.ts';
import { faultOf, type Template } from './templates.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const MAX_TEMPLATE = 2_000;

/** Refuses what is not there, with the name that may be meant. */
const known = (names: readonly string[], what: string) =>
  z.string().superRefine((name, context) => {
    if (names.includes(name)) return;
    context.addIssue({ code: 'custom', message: `there is no ${what} ${name}; ${suggestion(name, names)}` });
  });

const words = z
  .string()
  .min(1)
  .max(MAX_TEMPLATE)
  .superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

const template = z.strictObject({ title: words.optional(), text: words.optional() });

/** Templates by the event that they are of; `default` is of all others. */
const DEFAULT_TEMPLATE = 'default';

const routed = {
  name: identifier.max(100),
  events: z.array(known(TOLD, 'event')).min(1).optional(),
  models: z.array(identifier).min(1).optional(),
  severities: z.array(known(SEVERITIES, 'severity')).min(1).optional(),
  kinds: z
    .array(known(alertKinds(monitorKinds()), 'kind of alert'))
    .min(1)
    .optional(),
  templates: z.record(known([...TOLD, DEFAULT_TEMPLATE], 'event'), template).optional(),
  private: z.boolean().default(false),
};

const channel = z.discriminatedUnion('kind', [
  z.strictObject({ ...routed, kind: z.literal('slack'), url }),
  z.strictObject({ ...routed, kind: z.literal('teams'), url }),
  z.strictObject({
    ...routed,
    kind: z.literal('webhook'),
    url,
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes in base64'),
  }),
  z.strictObject({
    ...routed,
    kind: z.literal('email'),
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(587),
    secure: z.boolean().default(false),
    user: z.string().optional(),
    password: z.string().optional(),
    from: z.email(),
    to: z.array(z.email()).min(1),
  }),
]);

const file = z.strictObject({
  publicUrl: url.optional(),
  channels: z
    .array(channel)
    .refine((channels) => new Set(channels.map(({ name }) => name)).size === channels.length, {
      error: 'two channels have the same name',
    }),
});

export type Channel = z.output<typeof channel>;
export type ChannelOf<Kind extends Channel['kind']> = Extract<Channel, { kind: Kind }>;

export interface Channels {
  /** where people reach this server, without a slash at the end; undefined: messages have no links */
  readonly publicUrl: string | undefined;
  readonly channels: readonly Channel[];
}

/** The template of a channel for an event; empty when there is none. */
export const templateOf = ({ templates }: Channel, eventType: string): Template =>
  templates?.[eventType] ?? templates?.[DEFAULT_TEMPLATE] ?? {};

/**
 * The channels of a YAML file, with the secrets that it refers to. It holds addresses and secrets, so neither they nor what
 * is wrong with them is ever shown.
 *
 * @throws CONFIG_INVALID, naming the field
 */
export function readChannels(path: string | undefined, environment: Environment = process.env): Channels {
  if (path === undefined) return { publicUrl: undefined, channels: [] };
  const { success, data, error } = file.safeParse(withSecrets(path, environment), {
    error: wordsWithoutValue,
  });
  if (success) return { publicUrl: data.publicUrl?.replace(/\/+$/, ''), channels: data.channels };
  const issues = error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${wordsOf(issue)}`);
  throw new EpochlogError('CONFIG_INVALID', `${path}: ${issues.join('; ')}`);
}

function withSecrets(path: string, environment: Environment): unknown {
  try {
    return resolved(contentOf(path), environment);
  } catch (error) {
    if (!(error instanceof ReferenceFault)) throw error;
    throw new EpochlogError('CONFIG_INVALID', `${path}: ${error.message}`);
  }
}

const FIELDS_OF_CHANNELS = new Set(channel.options.flatMap(({ shape }) => Object.keys(shape)));
const FIELDS_OF_FILE = Object.keys(file.shape);

/** What is wrong, with the field that may be meant by one that there is not. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join(' ');
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const fields =
    { 0: FIELDS_OF_FILE, 2: FIELDS_OF_CHANNELS }[issue.path.length] ?? Object.keys(template.shape);
  return issue.keys.map((key) => `there is no field ${key}; ${suggestion(key, fields)}`).join(' ');
}

function contentOf(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new EpochlogError(
      'CONFIG_INVALID',
      `cannot read the channels of notifications: ${messageOf(error)}`,
    );
  }
  try {
    return parse(text);
  } catch {
    throw new EpochlogError('CONFIG_INVALID', `${path} is no YAML`);
  }
}
