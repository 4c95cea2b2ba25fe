import type { NotificationPlanned } from '../../schemas/events.generated.ts';

const COLORS: Readonly<Record<string, string>> = {
  info: 'Default',
  warning: 'Warning',
  critical: 'Attention',
};

/** The body of a Teams workflow ("When a Teams webhook request is received"): an Adaptive Card. */
export function teamsBody({ title, text, link, severity, eventType }: NotificationPlanned): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      {
        type: 'TextBlock',
        text: escaped(title),
        size: 'Medium',
        weight: 'Bolder',
        wrap: true,
        color: COLORS[severity] ?? 'Default',
      },
      { type: 'TextBlock', text: escaped(text), wrap: true },
      { type: 'TextBlock', text: `${severity} · ${eventType}`, isSubtle: true, size: 'Small' },
    ],
    ...(link !== null && { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** A TextBlock reads a subset of Markdown: what others wrote must not make links of it. */
const escaped = (text: string): string => text.replaceAll(/[\\[\]*_`]/g, (mark) => `\\${mark}`);
