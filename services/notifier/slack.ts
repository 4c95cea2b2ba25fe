import type { NotificationPlanned } from '../../schemas/events.generated.ts';

/** Slack's limits of a header and of a section, in characters. */
const MAX_TITLE = 150;
const MAX_TEXT = 3_000;

/** Slack's three control characters; nothing else is markup in plain text, and mrkdwn of others is not wanted. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The body of an incoming webhook of Slack, in Block Kit. */
export function slackBody({ title, text, link, severity, eventType }: NotificationPlanned): object {
  const button = {
    type: 'actions',
    elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open' }, url: link }],
  };
  return {
    text: escaped(title), // what a notification of a phone shows
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, MAX_TITLE) } },
      { type: 'section', text: { type: 'plain_text', text: text.slice(0, MAX_TEXT) || '-' } },
      { type: 'context', elements: [{ type: 'plain_text', text: `${severity} · ${eventType}` }] },
      ...(link === null ? [] : [button]),
    ],
  };
}
