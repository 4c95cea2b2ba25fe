import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { SEVERITIES } from './messages.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

const routed = {
  name: identifier.max(100),
  events: z.array(identifier).min(1).optional(),
  models: z.array(identifier).min(1).optional(),
  severities: z.array(z.enum(SEVERITIES)).min(1).optional(),
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

/**
 * The channels of a YAML file. It holds addresses and secrets, so neither they nor what is wrong with them is ever shown.
 *
 * @throws CONFIG_INVALID, naming the field
 */
export function readChannels(path: string | undefined): Channels {
  if (path === undefined) return { publicUrl: undefined, channels: [] };
  const { success, data, error } = file.safeParse(contentOf(path));
  if (success) return { publicUrl: data.publicUrl?.replace(/\/+$/, ''), channels: data.channels };
  const issues = error.issues.map(({ path: at, message }) => `${at.join('.') || 'the file'}: ${message}`);
  throw new EpochlogError('CONFIG_INVALID', `${path}: ${issues.join('; ')}`);
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
