import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSchemas } from '../../schemas/load.ts';
import { loadServices } from '../services.ts';
import { generatedFrom, table } from './markdown.ts';

const folder = join(import.meta.dirname, '../../services');
const DOC = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const service\b/;

/** What a service does, by the comment above it in its service.ts; empty without one. */
function purposeOf(name: string): string {
  const [, comment = ''] = DOC.exec(readFileSync(join(folder, name, 'service.ts'), 'utf8')) ?? [];
  return comment.replaceAll(/^\s*\* ?/gm, '').trim();
}

/** Services that no comment says the purpose of. */
export const servicesWithoutPurpose = async (): Promise<string[]> =>
  (await loadServices()).map(({ name }) => name).filter((name) => purposeOf(name) === '');

const links = (events: readonly string[]): string =>
  events
    .toSorted()
    .map((event) => `[${event}](events.md#${event.toLowerCase()})`)
    .join(', ');

/** The page of services, from their code and the streams they own. */
export async function servicesPage(): Promise<string> {
  const streams = loadSchemas();
  const rows = (await loadServices()).map(({ name, reactsTo }) => {
    const owned = streams.filter(({ owner }) => owner === name);
    const facts = owned.flatMap(({ events }) => events.filter(({ kind }) => kind === 'fact'));
    const reacts = typeof reactsTo === 'string' ? 'all events' : links(reactsTo);
    return [name, purposeOf(name), reacts, links(facts.map((event) => event.name))];
  });
  return [
    generatedFrom('services/ and schemas/'),
    '# Services\n',
    'A service reacts to events, and writes events. Services do not call each other. On one machine all of them run in one process',
    '(`npx epochlog up`); on a cluster each is a process of its own, `npx epochlog service NAME`, as often as you like.\n',
    table(['service', 'what it does', 'reacts to', 'writes the facts'], rows),
    'Requests are written by clients, and by services that ask another one for something: the planner for a dataset and a run, the',
    'registrar for another evaluation.\n',
  ].join('\n');
}
