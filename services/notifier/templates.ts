import { suggestion } from '../../kernel/nearest.ts';
import type { NotificationPlanned } from '../../schemas/events.generated.ts';

/** What the templates of a channel may name, in braces. */
export const FIELDS = ['title', 'text', 'severity', 'event', 'model', 'link', 'channel'] as const;
type Field = (typeof FIELDS)[number];

/** The words of a message, where a channel wants others. */
export interface Template {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
}

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);
/** `{name}`; `{{` and `}}` are braces themselves. */
const PART = /\{\{|\}\}|\{(?<name>[^{}]*)\}|[{}]/g;

/** What is wrong with a template; undefined when nothing is. */
export function faultOf(template: string): string | undefined {
  for (const { 0: part, groups } of template.matchAll(PART)) {
    if (part === '{{' || part === '}}') continue;
    const name = groups?.name;
    if (name === undefined) return `a brace is alone: write ${part}${part} for one, or {title} for a field`;
    if (!isField(name)) return `there is no field {${name}}; ${suggestion(name, FIELDS)}`;
  }
  return undefined;
}

type Message = Pick<
  NotificationPlanned,
  'title' | 'text' | 'severity' | 'eventType' | 'model' | 'link' | 'channel'
>;

/** A message in the words of a template; what it does not give stays. */
export function inWords(message: Message, template: Template): Pick<Message, 'title' | 'text'> {
  const fields: Record<Field, string> = {
    title: message.title,
    text: message.text,
    severity: message.severity,
    event: message.eventType,
    model: message.model ?? '',
    link: message.link ?? '',
    channel: message.channel,
  };
  const fill = (text: string) =>
    text.replaceAll(PART, (part, name?: string) => {
      if (part === '{{' || part === '}}') return part[0]!;
      return name !== undefined && isField(name) ? fields[name] : part;
    });
  return {
    title: template.title === undefined ? message.title : fill(template.title),
    text: template.text === undefined ? message.text : fill(template.text),
  };
}
