import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';
import type { MonitorKind } from '../../ml/monitors/monitor.ts';
import { monitorKind, monitorKinds } from '../../ml/monitors.ts';
import { duration } from './durations.ts';

type Limit = z.ZodType<number>;
const LIMITS: Readonly<Record<MonitorKind['unit'], Limit>> = {
  share: z.number().min(0).max(1),
  milliseconds: z.number().positive(),
  number: z.number().min(0),
  duration: duration,
};

const COMMON = {
  significance: z.number().gt(0).max(0.5).nullable(),
  window: duration,
  minimumSamples: z.int().min(1).max(10_000_000),
  every: duration,
  raiseAfter: z.int().min(1).max(100),
  clearAfter: z.int().min(1).max(100),
  severity: z.enum(['warning', 'critical']),
};

/** Of what neither a file nor the default policy says. */
const UNSAID = {
  clear: null,
  significance: 0.01,
  window: 300_000,
  minimumSamples: 50,
  every: 60_000,
  raiseAfter: 1,
  clearAfter: 2,
  severity: 'warning',
  options: {},
} as const;

/** What a policy says of a monitor, complete. */
export interface Monitor {
  kind: string;
  limit: number;
  clear: number | null;
  significance: number | null;
  window: number;
  minimumSamples: number;
  every: number;
  raiseAfter: number;
  clearAfter: number;
  severity: 'warning' | 'critical';
  options: Record<string, string>;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Kind = NonNullable<ReturnType<typeof monitorKind>>;
type Fault = (path: readonly PropertyKey[], message: string) => void;

/**
 * The monitors of a policy: those of the base, with what a file says of each by its kind. `null` takes one away. A kind that the base
 * has not needs a limit.
 */
export const monitorsOver = (base: readonly Monitor[]) =>
  z.record(z.string(), z.unknown()).transform((given, context): Monitor[] => {
    const monitors = new Map(base.map((monitor) => [monitor.kind, monitor]));
    for (const [name, value] of Object.entries(given)) {
      const fault: Fault = (path, message) =>
        context.issues.push({ code: 'custom', path: [name, ...path], message, input: given });
      const kind = monitorKind(name);
      if (!kind) fault([], `is no kind of monitor: ${suggestion(name, monitorKinds())}`);
      else if (value === null) monitors.delete(name);
      else {
        const monitor = monitorOver(monitors.get(name), kind, value, fault);
        if (monitor) monitors.set(name, monitor);
      }
    }
    return [...monitors.values()];
  });

/** A monitor as a file says, completed by that of the base; undefined where something is wrong, which is told. */
function monitorOver(
  before: Monitor | undefined,
  kind: Kind,
  value: unknown,
  fault: Fault,
): Monitor | undefined {
  const said = saidOf(kind, value, fault);
  const options = optionsOver(before, kind, value, fault);
  if (!said || !options) return undefined;
  const isMoved = before && said.limit !== undefined && said.clear === undefined;
  const limit = said.limit ?? before?.limit;
  if (limit === undefined) return void fault(['limit'], 'is missing');
  const monitor: Monitor = {
    ...UNSAID,
    ...before,
    ...said,
    ...(isMoved && { clear: null }),
    limit,
    kind: kind.name,
    options,
  };
  const { clear } = monitor;
  if (clear !== null && (kind.isMinimum ? clear < limit : clear > limit))
    fault(['clear'], `must be ${kind.isMinimum ? 'at least' : 'at most'} the limit, ${limit}`);
  return monitor;
}

/** What a file says of a monitor, without the options of its kind. */
function saidOf(kind: Kind, value: unknown, fault: Fault): Partial<Monitor> | undefined {
  const limit = LIMITS[kind.unit];
  const common = z.strictObject({ limit, clear: limit.nullable(), ...COMMON }).partial();
  const whole = z.strictObject({ ...common.shape, ...kind.options.partial().shape });
  const { error } = whole.safeParse(value);
  for (const issue of error?.issues ?? []) {
    if (issue.code !== 'unrecognized_keys') fault(issue.path, issue.message);
    else
      for (const key of issue.keys)
        fault([...issue.path, key], `is not known; ${suggestion(key, Object.keys(whole.shape))}`);
  }
  if (error || !isMap(value)) return undefined;
  const own = Object.entries(value).filter(([key]) => !(key in kind.options.shape));
  return common.parse(Object.fromEntries(own)) as Partial<Monitor>;
}

/** The options of the kind, complete. */
function optionsOver(
  before: Monitor | undefined,
  { options }: Kind,
  value: unknown,
  fault: Fault,
): Record<string, string> | undefined {
  const said = isMap(value) ? Object.entries(value).filter(([key]) => key in options.shape) : [];
  const given = { ...before?.options, ...Object.fromEntries(said) };
  const { data, error } = options.safeParse(given);
  for (const { path } of error?.issues ?? []) if (!(String(path[0]) in given)) fault(path, 'is missing'); // what is wrong otherwise is told already
  return error ? undefined : (data as Record<string, string>);
}
