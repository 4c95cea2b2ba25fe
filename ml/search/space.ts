import { z } from 'zod';
import { didYouMean, suggestion } from '../../kernel/nearest.ts';
import { type Domain, domainSchema, hasTooManyValues, type Value } from './domain.ts';

/** Parameters by name; those whose condition does not hold have no value. */
export type Values = Readonly<Record<string, Value>>;

/** A search space: each parameter after those that its condition is about. */
export type Space = readonly Parameter[];

export interface Parameter {
  readonly name: string;
  readonly domain: Domain;
  /** All of these must hold: the parameter has a value, and it is one of these. Empty: always. */
  readonly when: readonly { readonly name: string; readonly values: readonly Value[] }[];
  /** The same for parameters that have a value in the same trials, whatever these are; '' for always. */
  readonly group: string;
}

/** Parameters by name, as a file has them, to a `Space`. */
export const spaceSchema = z
  .record(z.string().min(1), domainSchema)
  .refine((parameters) => Object.keys(parameters).length > 0, 'has no parameter')
  .superRefine((domains, context) => {
    const fault = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    for (const [name, each] of Object.entries(domains)) {
      checkRange(each, (key, message) => fault([name, key], message));
      checkCondition(name, domains, (parameter, message) => fault([name, 'when', parameter], message));
    }
    const cycle = cycleOf(domains);
    if (cycle) fault([cycle[0]!, 'when'], `is a circle: ${[...cycle, cycle[0]].join(' needs ')}`);
  })
  .transform((domains) => spaceOf(domains));

type Domains = Readonly<Record<string, Domain>>;

function checkRange(each: Domain, fault: (key: string, message: string) => void): void {
  if (each.type === 'categorical') {
    if (new Set(each.choices).size < each.choices.length) fault('choices', 'names a value twice');
    return;
  }
  if (each.low > each.high) {
    fault('low', `is ${each.low}, above high, ${each.high}: the range is empty`);
  } else if (hasTooManyValues(each)) {
    fault('high', 'is so far from low that the steps between cannot be counted');
  } else if ('step' in each && each.step !== undefined && each.step > each.high - each.low) {
    fault('step', `is ${each.step}, wider than the range from ${each.low} to ${each.high}`);
  }
}

function checkCondition(
  name: string,
  domains: Domains,
  fault: (parameter: string, message: string) => void,
): void {
  for (const [other, wanted] of Object.entries(domains[name]?.when ?? {})) {
    const of = domains[other];
    if (other === name) fault(other, 'is the parameter itself');
    else if (!of) {
      const others = Object.keys(domains).filter((known) => known !== name);
      fault(other, `is no parameter of the space; ${suggestion(other, others)}`);
    } else {
      const never = valuesOf(wanted).find((each) => !isPossible(of, each));
      if (never === undefined) continue;
      const hint = of.type === 'categorical' ? didYouMean(String(never), of.choices.map(String)) : '';
      fault(other, `is never ${JSON.stringify(never)}${hint}`);
    }
  }
}

const valuesOf = (wanted: Value | readonly Value[]): readonly Value[] =>
  Array.isArray(wanted) ? wanted : [wanted as Value];

function isPossible(of: Domain, each: Value): boolean {
  if (of.type === 'categorical') return of.choices.includes(each);
  return typeof each === 'number' && each >= of.low && each <= of.high;
}

/** Parameters whose conditions lead back to the first of them. */
function cycleOf(domains: Domains): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return path.slice(path.indexOf(name));
    if (done.has(name)) return undefined;
    for (const other of Object.keys(domains[name]?.when ?? {})) {
      const cycle = other === name ? undefined : visit(other, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(domains)) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function spaceOf(domains: Domains): Space {
  const ordered = new Map<string, Parameter>();
  const add = (name: string): void => {
    const each = domains[name];
    if (ordered.has(name) || !each) return;
    const conditions = Object.entries(each.when ?? {});
    for (const [other] of conditions) if (other !== name) add(other);
    const own = conditions.map(([other, wanted]) => ({ name: other, values: valuesOf(wanted) }));
    const parents = own.map((parent) => ordered.get(parent.name)?.group ?? '');
    const needs = new Set([...parents.flatMap((group) => group.split('&')), ...own.map(textOf)]);
    needs.delete('');
    ordered.set(name, { name, domain: each, when: own, group: [...needs].sort().join('&') });
  };
  for (const name of Object.keys(domains)) add(name);
  return [...ordered.values()];
}

const textOf = ({ name, values }: Parameter['when'][number]): string =>
  `${name}=${JSON.stringify(values.toSorted())}`;

/** Whether a parameter has a value where those before it have these. */
export const isActive = ({ when: conditions }: Parameter, values: Values): boolean =>
  conditions.every((parent) => {
    const chosen = values[parent.name];
    return chosen !== undefined && parent.values.includes(chosen);
  });
