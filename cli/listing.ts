import type { Command } from 'commander';
import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { identifier } from '../kernel/texts.ts';
import { measure } from '../ml/metrics/format.ts';
import type { Session } from '../operations/session.ts';
import { PRODUCTION } from '../schemas/deployments/running.ts';
import { action } from './action.ts';
import { checked, count, MODEL_OPTION, oneOf, pastMoment } from './arguments.ts';
import { type Cell, columns, type Output, printable, table } from './output.ts';
import { withProjections } from './session.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A list of what the projections hold: a named query, and the columns that people see of its rows. */
export interface Listing {
  readonly description: string;
  /** `<question>/<name>`; it takes `model`, `limit`, and those of `filters`, where null selects all */
  readonly query: string;
  /** whether it is of one model, the default one where none is named; else of all unless one is named */
  readonly isOfOneModel?: boolean;
  /** further filters: parameter → the values that its option takes */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  /** further filters that take a text: parameter → what its option shows and takes */
  readonly texts?: Readonly<
    Record<string, readonly [value: string, description: string, parse: (text: string) => string]>
  >;
  /** parts of what it lists that `--by` may name, separated by commas: parameter `by` of the query, a list */
  readonly parts?: { readonly names: readonly string[]; readonly default: string };
  /** whether it is of one environment (`--env`): parameter `environment` of the query */
  readonly isOfEnvironment?: boolean;
  /** whether `--since` and `--until` bound it: parameters `from` and `to` of the query */
  readonly isOfTime?: boolean;
  /** other parameters of the query */
  readonly params?: Row;
  /** heading → cell */
  readonly columns: Readonly<Record<string, (row: Row) => Cell>>;
}

/** Adds `list` to a group of commands. */
export const addList = (group: Command, listing: Listing): Command => lists(group.command('list'), listing);

/** Makes a command show a list. */
export function lists(list: Command, listing: Listing): Command {
  const {
    isOfOneModel = false,
    filters = {},
    texts = {},
    params = {},
    parts,
    isOfTime = false,
    isOfEnvironment = false,
  } = listing;
  list
    .description(listing.description)
    .option(
      '--model <name>',
      isOfOneModel ? MODEL_OPTION : 'only of one model',
      checked('--model', identifier),
    )
    .option('--limit <number>', 'the last so many', count, 50);
  for (const [name, takes] of Object.entries(filters))
    list.option(`--${name} <${name}>`, takes.join(', '), oneOf(`--${name}`, takes));
  for (const [name, [value, description, parse]] of Object.entries(texts))
    list.option(`--${name} <${value}>`, description, parse);
  if (parts)
    list.option(
      '--by <parts>',
      `${parts.names.join(', ')}, or several, separated by commas`,
      partsOf(parts.names),
      [parts.default],
    );
  if (isOfTime) {
    list.option(
      '--since <time>',
      'from this time on, such as 2026-03-01, 2026-03-01T12:00:00Z or 7d (ago)',
      time,
    );
    list.option('--until <time>', 'up to this time', time);
  }
  if (isOfEnvironment) list.option('--env <name>', 'environment', checked('--env', identifier), PRODUCTION);
  interface Options {
    model?: string;
    limit: number;
    by?: readonly string[];
    since?: string;
    until?: string;
  }
  action<Options & Record<string, string>>(list, async (options, { config, output, model }) => {
    const { by, since = null, until = null } = options;
    const chosen = options.model ?? (isOfOneModel ? model : null);
    const selected = Object.fromEntries(
      [...Object.keys(filters), ...Object.keys(texts)].map((name) => [
        name,
        options[name] ?? params[name] ?? null,
      ]),
    );
    await withProjections(config, async (session) => {
      await session.quiet();
      const bounds = {
        ...(isOfTime && { from: since, to: until }),
        ...(isOfEnvironment && { environment: options.env }),
      };
      const asked = {
        ...params,
        ...(by && { by }),
        ...bounds,
        model: chosen,
        ...selected,
        limit: options.limit,
      };
      show(await session.query<Row>(listing.query, asked), listing, chosen, output);
    });
  });
  return list;
}

/** A moment, as the queries take it. */
const time = (text: string): string => new Date(pastMoment(text)).toISOString();

const partsOf =
  (names: readonly string[]) =>
  (text: string): string[] => {
    const parts = text.split(',').map((part) => oneOf('--by', names)(part.trim()));
    const times = parts.filter((part) => ['minute', 'hour', 'day'].includes(part));
    if (times.length > 1)
      throw new EpochlogError('INPUT_INVALID', `--by takes one of ${times.join(' and ')}, not both`);
    return parts;
  };

function show(
  rows: readonly Row[],
  { columns, description }: Listing,
  model: string | null,
  output: Output,
): void {
  for (const row of rows) output.result(row);
  if (rows.length === 0) {
    output.line(`there is none${model === null ? '' : ` of ${model}`}; this lists ${description}`);
    return;
  }
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
  output.line(table(Object.keys(columns), cells, output.tableWidth));
}

/** One row, by its id. */
export interface Single {
  readonly description: string;
  /** what the id is called in help and errors: `run` */
  readonly what: string;
  readonly isOfOneModel?: boolean;
  /** the row, or what is known instead */
  find(session: Session, id: string, model: string): Promise<Row | { known: readonly string[] }>;
  /** what is said below the row, a line each */
  more?(session: Session, row: Row): Promise<string[]>;
}

/** Adds `show` to a group of commands. */
export function addShow(
  group: Command,
  { what, description, isOfOneModel = false, find, more }: Single,
): Command {
  const command = group.command('show').argument(`<${what}>`, 'its id').description(description);
  if (isOfOneModel) command.option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<{ model?: string }>(command, async (options, { config, output, model }, id = '') => {
    await withProjections(config, async (session) => {
      await session.quiet();
      const row = await find(session, id, options.model ?? model);
      if ('known' in row) {
        const known = row.known as readonly string[];
        throw isOfOneModel ? noVersion(options.model ?? model, id, known) : notFound(what, id, known);
      }
      output.result(row);
      output.line(columns(fieldsOf(row), output.width));
      for (const line of (await more?.(session, row)) ?? []) output.line(line);
    });
  });
  return command;
}

/** The same of a version, which a model must have. */
export function noVersion(model: string, version: string, known: Iterable<string>): EpochlogError {
  const versions = [...known];
  const advice =
    versions.length === 0
      ? 'none is registered: `npx epochlog train` makes one'
      : suggestion(version, versions);
  return new EpochlogError('NOT_FOUND', `there is no version ${version} of ${model}; ${advice}`);
}

export const notFound = (what: string, id: string, known: Iterable<string>): EpochlogError =>
  new EpochlogError('NOT_FOUND', `there is no ${what} ${id}; ${suggestion(id, known)}`);

/** The fields of a row that have a value, each with its name in words. */
export const fieldsOf = (row: Row): [name: string, value: string][] =>
  Object.entries(row)
    .filter(([, value]) => value !== null && value !== '' && !isEmpty(value))
    .map(([name, value]) => [inWords(name), printable(textOf(name, value))]);

const inWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return isTime(value) ? day(value) : value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map((item) => textOf(name, item)).join(', ');
  const shown = ([key, item]: [string, unknown]) =>
    `${key} ${typeof item === 'number' && name.toLowerCase().includes('metrics') ? measure(key, item) : textOf(key, item)}`;
  return Object.entries(value).map(shown).join(', ');
}

const isTime = (text: string): boolean => /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}\.\d{3}/.test(text);

/** A time of the projections to the minute, in UTC as `toMinute` writes it. */
export const day = (time: unknown): string =>
  typeof time === 'string' ? `${time.slice(0, 16).replace('T', ' ')}Z` : '-';

/** The value of a row's primary metric. */
export function primary({ metrics, primaryMetric }: Row): string {
  if (typeof primaryMetric !== 'string' || typeof metrics !== 'object' || metrics === null) return '-';
  const value: unknown = Reflect.get(metrics, primaryMetric);
  return typeof value === 'number' ? `${primaryMetric} ${measure(primaryMetric, value)}` : '-';
}

/** A text or a number of a row. */
export const cell =
  (name: string) =>
  (row: Row): Cell => {
    const value = row[name];
    return typeof value === 'number' || value === null ? value : printable(String(value ?? '-'));
  };
