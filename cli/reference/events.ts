import type { EventSchema } from '../../kernel/schema.ts';
import { type Avro, type AvroField, fieldsInside, fieldsOf, isUnion } from '../../schemas/fields.ts';
import { loadSchemas, type StreamFolder } from '../../schemas/load.ts';
import { meaningOf } from '../../schemas/meanings.ts';
import { code, generatedFrom, table } from './markdown.ts';

const LOGICAL: Readonly<Record<string, string>> = { 'timestamp-millis': 'time' };

/** A type in words: `list of text`, `number or null`. Records inside are objects. */
function typeInWords(type: Avro): string {
  if (typeof type === 'string') return type;
  if (isUnion(type)) return [...type].sort(nullLast).map(typeInWords).join(' or ');
  if (type.logicalType !== undefined) return LOGICAL[type.logicalType] ?? type.logicalType;
  if (type.type === 'array') return `list of ${typeInWords(type.items ?? 'null')}`;
  if (type.type === 'map') return `map of ${typeInWords(type.values ?? 'null')}`;
  return type.type === 'record' ? 'object' : typeInWords(type.type);
}

const nullLast = (a: Avro, b: Avro) => Number(a === 'null') - Number(b === 'null');

/** Fields by their path, those of records inside behind the field that holds them. */
const withInner = (fields: readonly AvroField[], before = ''): { path: string; field: AvroField }[] =>
  fields.flatMap((field) => [
    { path: `${before}${field.name}`, field },
    ...withInner(fieldsInside(field.type), `${before}${field.name}.`),
  ]);

const meaning = ({ name, doc }: AvroField): string => doc ?? meaningOf(name) ?? '';

/** Fields of events that nothing says the meaning of, as `Event.path`. */
export const fieldsWithoutMeaning = (streams: readonly StreamFolder[] = loadSchemas()): string[] =>
  streams
    .flatMap(({ events }) => events)
    .flatMap((event) =>
      withInner(fieldsOf(event))
        .filter(({ field }) => meaning(field) === '')
        .map(({ path }) => `${event.name}.${path}`),
    );

function eventSection(event: EventSchema): string {
  const key = [event.key].flat().join('/');
  const rows = withInner(fieldsOf(event)).map(({ path, field }) => [
    code(path),
    typeInWords(field.type),
    meaning(field),
  ]);
  return [
    `### ${event.name}\n`,
    `${event.doc} A ${event.kind}; its aggregate is named by ${code(key)}.\n`,
    table(['field', 'type', 'meaning'], rows),
  ].join('\n');
}

const ownerInWords = (owner: string): string =>
  owner === 'outside' ? 'It has no facts: clients write to it.' : `Its facts are written by the ${owner}.`;

/** The page of all events, from their Avro schemas. */
export function eventsPage(streams: readonly StreamFolder[] = loadSchemas()): string {
  const overview = streams.flatMap(({ name, events }) =>
    events.map((event) => [`[${event.name}](#${event.name.toLowerCase()})`, name, event.kind, event.doc]),
  );
  return [
    generatedFrom('schemas/'),
    '# Events\n',
    'Everything that happens is an event in the log. Anyone may write a **request**; a **fact** is written by the one service',
    'that owns its stream, and numbered within its aggregate. `npx epochlog events` shows them, `GET /v1/events` gives them as',
    'JSON, and the table `events` ([Tables](tables.md#events)) holds them for SQL.\n',
    'Beside its fields each event has the attributes of CloudEvents: `id`, `type`, `source` (who wrote it), `subject` (its',
    'aggregate), `time` (when it was written), `sequence` (its number within the aggregate; 0 of a request), `correlationid`',
    '(the request that it follows from), `causationid` (the event that it follows from at once), and `instant`, when what it',
    'tells was ([decision 17](../adr/0017-instants.md)). A *time* is in milliseconds since 1970 in UTC, a *long* is a whole',
    'number, and a *double* has a fraction.\n',
    table(['event', 'stream', 'kind', 'what it says'], overview),
    ...streams.map((stream) =>
      [
        `## Stream ${code(stream.name)}\n`,
        `${stream.doc} ${ownerInWords(stream.owner)} Its topic is ${code(`epochlog.${stream.name}`)}.\n`,
        ...stream.events.map(eventSection),
      ].join('\n'),
    ),
  ].join('\n');
}
