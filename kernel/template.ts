import { suggestion } from './nearest.ts';

/** `{name}`; `{{` and `}}` are braces themselves. */
const PART = /\{\{|\}\}|\{(?<name>[^{}]*)\}|[{}]/g;

/** What is wrong with a template; undefined when nothing is. */
export function faultOfTemplate(template: string, fields: readonly string[]): string | undefined {
  for (const { 0: part, groups } of template.matchAll(PART)) {
    if (part === '{{' || part === '}}') continue;
    const name = groups?.name;
    if (name === undefined)
      return `has a brace that is alone: write ${part}${part} for one, or {${fields[0]}} for a field`;
    if (!fields.includes(name)) return `has no field {${name}}; ${suggestion(name, fields)}`;
  }
  return undefined;
}

/** A template that is right, with its fields filled in. */
export const filled = (template: string, fields: Readonly<Record<string, string>>): string =>
  template.replaceAll(PART, (part, name?: string) => (name === undefined ? part[0]! : (fields[name] ?? '')));
