import { z } from 'zod';
import { envName } from '../../infra/config/config.ts';
import { configSchema, configSections } from '../../infra/config/schema.ts';
import { loadServices } from '../services.ts';
import { code, generatedFrom, table } from './markdown.ts';

/** What JSON Schema says of a setting. */
interface Described {
  readonly default?: unknown;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
}

/** The settings of a schema by name. */
const described = (schema: z.ZodType): Record<string, Described> =>
  (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}) as Record<
    string,
    Described
  >;

const rowOf = (variable: string, { default: value, description = '', enum: values, minimum }: Described) => [
  code(variable),
  value === undefined || value === '' ? '' : code(`${value}`),
  [
    description,
    ...(values ? [`one of ${values.map(code).join(', ')}`] : []),
    ...(minimum !== undefined && minimum > 1 ? [`at least ${minimum}`] : []),
  ].join('; '),
];

interface Group {
  readonly title: string;
  readonly settings: readonly (readonly [variable: string, setting: Described])[];
}

/** All settings: those of the program by what they are about, then those of each service. */
async function groups(): Promise<Group[]> {
  const all = Object.entries(described(configSchema));
  const sectionOf = (key: string) =>
    Object.entries(configSections).find(([, section]) => key in section)?.[0] ?? 'General';
  const own = [...Map.groupBy(all, ([key]) => sectionOf(key))].map(([title, entries]) => ({
    title,
    settings: entries.map(([key, setting]) => [envName(key), setting] as const),
  }));
  const services = (await loadServices()).flatMap(({ name, settings }) =>
    settings instanceof z.ZodType
      ? [
          {
            title: `Service ${code(name)}`,
            settings: Object.entries(described(settings)).map(
              ([key, setting]) => [envName(name, key), setting] as const,
            ),
          },
        ]
      : [],
  );
  return [...own, ...services];
}

/** Settings that nothing says the meaning of. */
export const settingsWithoutMeaning = async (): Promise<string[]> =>
  (await groups()).flatMap(({ settings }) =>
    settings.filter(([, { description }]) => !description).map(([variable]) => variable),
  );

/** The page of settings, from the schema of the configuration and those of the services. */
export async function settingsPage(): Promise<string> {
  const sections = (await groups()).map(({ title, settings }) =>
    [
      `## ${title}\n`,
      table(
        ['variable', 'default', 'meaning'],
        settings.map(([variable, setting]) => rowOf(variable, setting)),
      ),
    ].join('\n'),
  );
  return [
    generatedFrom('infra/config/schema.ts and services/'),
    '# Settings\n',
    'Variables of the environment. An unknown variable `EPOCHLOG_…` is refused with the nearest known name, because a misspelt one',
    'would have no effect. An empty variable counts as not set. What is decided about a model (promotion, drift, retraining) is no',
    'setting, but its [policy](../policies.md). How to use them: [The command line](../cli.md#configuration),',
    '[On a cluster](../cluster.md), [ClickHouse as a server](../clickhouse.md), [Watching it](../observability.md).\n',
    ...sections,
  ].join('\n');
}
