/**
 * Writes schemas/events.generated.ts from schemas/<stream>/*.avsc; with --check, only says whether it is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSchema } from '../../kernel/schema.ts';
import { loadSchemas, type StreamFolder } from '../../schemas/load.ts';

const PRIMITIVES: Record<string, string> = {
  string: 'string',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
  null: 'null',
  bytes: 'Uint8Array',
};

type Avro = string | Avro[] | { type: Avro; name: string; doc?: string; [key: string]: unknown };
type Field = { name: string; type: Avro; doc?: string };

const comment = (doc: string | undefined, indent = '') => (doc ? `${indent}/** ${doc} */\n` : '');

const nullLast = (a: Avro, b: Avro) => Number(a === 'null') - Number(b === 'null');

/** TypeScript of one event: its interface, after those of the records inside it, named <Event><Record>. */
function interfaces(event: EventSchema): string {
  const out: string[] = [];
  const typeOf = (type: Avro): string => {
    if (Array.isArray(type)) return type.toSorted(nullLast).map(typeOf).join(' | ');
    if (typeof type === 'string') return PRIMITIVES[type] ?? `${event.name}${type}`;
    if (type.type === 'array') return `readonly ${grouped(typeOf(type.items as Avro))}[]`;
    if (type.type === 'map') return `Readonly<Record<string, ${typeOf(type.values as Avro)}>>`;
    if (type.type === 'enum') return (type.symbols as string[]).map((symbol) => `'${symbol}'`).join(' | ');
    if (type.type === 'record') {
      record(`${event.name}${type.name}`, type.fields as Field[], type.doc);
      return `${event.name}${type.name}`;
    }
    return typeOf(type.type);
  };
  const grouped = (type: string) => (/[ |]/.test(type) ? `(${type})` : type);
  const record = (name: string, fields: readonly Field[], doc?: string) => {
    const lines = fields.map(
      (field) => `${comment(field.doc, '  ')}  ${field.name}: ${typeOf(field.type)};\n`,
    );
    out.push(`${comment(doc)}export interface ${name} {\n${lines.join('')}}\n`);
  };
  record(event.name, event.fields as Field[], event.doc);
  return out.join('\n');
}

function generate(streams: readonly StreamFolder[]): string {
  const events = streams.flatMap((stream) => stream.events.map((event) => ({ event, stream })));
  return [
    '// Generated from schemas/<stream>/*.avsc by `npm run generate`. Do not edit.\n',
    ...events.map(({ event }) => interfaces(event)),
    `/** Every event by its type. */\nexport interface Events {\n${events.map(({ event }) => `  ${event.name}: ${event.name};\n`).join('')}}\n`,
    `/** Of every event: its stream, whether it is a request or a fact, and the fields that name its aggregate. */\nexport const EVENTS = {\n${events
      .map(
        ({ event, stream }) =>
          `  ${event.name}: { stream: '${stream.name}', kind: '${event.kind}', key: [${[event.key]
            .flat()
            .map((field) => `'${field}'`)
            .join(', ')}] },\n`,
      )
      .join('')}} as const;\n`,
    `/** Of every stream: who writes its facts, and the partitions of its topic on a cluster. */\nexport const STREAMS = {\n${streams
      .map(
        (s) =>
          `  ${s.name}: { owner: '${s.owner}', partitions: ${s.partitions}, oneFactPerKey: ${s.oneFactPerKey ?? false} },\n`,
      )
      .join('')}} as const;\n`,
  ].join('\n');
}

const target = join(import.meta.dirname, '../../schemas/events.generated.ts');
const wanted = generate(loadSchemas());
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== wanted) {
    process.stderr.write('schemas/events.generated.ts is stale: run `npm run generate`\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, wanted);
}
