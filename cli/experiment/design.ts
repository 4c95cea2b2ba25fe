import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import type { ExperimentRequested } from '../../schemas/events.generated.ts';
import { duration } from '../../tasks/policies/durations.ts';
import { checked } from '../arguments.ts';

/** What the options of `experiment start` say of its design. */
export interface DesignOptions {
  control?: string;
  treatment: string[];
  shares?: number[];
  traffic: number;
  metric: string[];
  guardrail: string[];
  secondary: string[];
  segment: string[];
  onlyKey: string[];
  only: string[];
  minimumUnits?: number;
  improvement?: number;
  significance?: number;
  every?: number;
  for?: number;
  promote?: boolean;
}

type Design = Omit<ExperimentRequested, 'experimentId' | 'model' | 'ownMetrics' | 'reason' | 'requestedBy'>;
type Metric = ExperimentRequested['metrics'][number];

const invalid = (message: string) => new EpochlogError('INPUT_INVALID', message);

/** Parses each of the values that an option is given. */
const collected =
  <T>(parse: (text: string) => T) =>
  (text: string, before: T[] = []): T[] => [...before, parse(text)];

const number =
  (option: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw invalid(`${option} takes a number, not '${text}'`);
  };

const wholeNumber = (option: string) => (text: string) => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(`${option} takes a whole number, not '${text}'`);
};

const milliseconds = (option: string) => (text: string) => {
  const { data, error } = duration.safeParse(text);
  if (data !== undefined) return data;
  throw invalid(`${option}: ${error.issues[0]?.message}`);
};

/** Adds the options that design an experiment. */
export function withDesign(command: Command): Command {
  const named = (option: string) => collected(checked(option, identifier));
  return command
    .option('--control <version>', 'what is in production (default)', checked('--control', versionText))
    .option(
      '--treatment <version>',
      'to compare with it; again for another one',
      collected(checked('--treatment', versionText)),
    )
    .option('--shares <numbers>', 'per cent of each arm, control first (default: equal)', (text) =>
      text.split(',').map(number('--shares')),
    )
    .option('--traffic <percent>', 'of the routing keys that take part', number('--traffic'), 100)
    .option(
      '--metric <name>',
      'that decides (default: accuracy of classes, mae of numbers)',
      named('--metric'),
    )
    .option(
      '--guardrail <name[:margin]>',
      'that must not get worse, by more than a margin (default: errorRate, latency)',
      named('--guardrail'),
    )
    .option('--secondary <name>', 'for reading', named('--secondary'))
    .option('--segment <attribute>', 'read the metrics by its values too', named('--segment'))
    .option('--only <attribute=values>', 'who takes part: --only country=DE,FR', named('--only'))
    .option('--only-key <key>', 'who takes part, by routing key', named('--only-key'))
    .option(
      '--minimum-units <number>',
      'of each arm before anything is decided',
      wholeNumber('--minimum-units'),
    )
    .option(
      '--improvement <number>',
      'of the metric, without which nothing is promoted: 0.02 is two points',
      number('--improvement'),
    )
    .option('--significance <p>', 'of p-values', number('--significance'))
    .option('--every <duration>', 'how often it is analysed: 10m', milliseconds('--every'))
    .option('--for <duration>', 'after which it is concluded: 14d', milliseconds('--for'))
    .option('--promote', 'deploy a treatment that wins without being asked for');
}

/** The design of an experiment beside a version in production. What options leave out is as the policy says. */
export function designOf(options: DesignOptions, production: string | undefined): Design {
  const { treatment = [], traffic, segment = [], onlyKey = [], only = [] } = options;
  const control = options.control ?? production;
  if (control === undefined) throw invalid('nothing is in production to compare with: name a --control');
  if (treatment.length === 0) throw invalid('name a version to compare with: --treatment v1.1.0');
  const versions = [control, ...treatment];
  const shares = options.shares ?? versions.map(() => 100 / versions.length);
  if (shares.length !== versions.length) {
    throw invalid(
      `--shares has ${shares.length} numbers, and there are ${versions.length} arms, control first`,
    );
  }
  const nameOf = (at: number) =>
    at === 0 ? 'control' : treatment.length === 1 ? 'treatment' : `treatment-${at}`;
  return {
    arms: versions.map((version, at) => ({ name: nameOf(at), version, share: shares[at]! })),
    traffic,
    audience: { keys: onlyKey, attributes: only.map(attributeOf) },
    metrics: metricsOf(options),
    segments: segment,
    minimumUnits: options.minimumUnits ?? null,
    minimumImprovement: options.improvement ?? null,
    significance: options.significance ?? null,
    analyseEvery: options.every ?? null,
    maximumDuration: options.for ?? null,
    promotes: options.promote ?? null,
  };
}

function metricsOf({ metric = [], guardrail = [], secondary = [] }: DesignOptions): Metric[] {
  const plain = (role: string) => (name: string) => ({ metric: name, role, better: null, margin: null });
  return [
    ...metric.map(plain('primary')),
    ...guardrail.map((text): Metric => {
      const [name = '', margin] = text.split(':');
      const given = margin === undefined ? null : number(`--guardrail ${name}`)(margin);
      return { metric: name, role: 'guardrail', better: null, margin: given };
    }),
    ...secondary.map(plain('secondary')),
  ];
}

function attributeOf(text: string): { name: string; values: string[] } {
  const at = text.indexOf('=');
  const values = text
    .slice(at + 1)
    .split(',')
    .filter((value) => value !== '');
  if (at > 0 && values.length > 0) return { name: text.slice(0, at), values };
  throw invalid(`--only takes an attribute with its values, such as country=DE,FR, not '${text}'`);
}
