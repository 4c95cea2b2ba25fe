import avro from 'avsc';
import type { EventSchema } from '../../kernel/schema.ts';
import type { NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { recorded } from '../../schemas/testing.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');

/** Fields that are a document of their own, in which the services and pages look: the hostile text is within it. */
const DOCUMENTS: Readonly<Record<string, (text: string) => string>> = {
  'SearchStarted.settings': (text) =>
    JSON.stringify({
      space: [{ name: text, domain: { type: 'categorical', choices: [text, 'b'] } }],
      max_evals: 3,
    }),
};

/**
 * An event of each type, each text of which is this one, as are the keys of maps; lists have one entry, and what may be null
 * is not.
 */
export function hostileEvents(text: string): RecordedEvent[] {
  const schemas = loadSchemas().flatMap(({ events }) => events);
  return schemas.map((schema, index) => {
    const type = avro.Type.forSchema(schema as avro.Schema, { logicalTypes: {}, wrapUnions: false });
    const data = filled(type, text) as Readonly<Record<string, unknown>>;
    const documents: Record<string, string> = {};
    for (const { name } of (schema as EventSchema).fields) {
      const document = DOCUMENTS[`${schema.name}.${name}`];
      if (document) documents[name] = document(text);
    }
    const event: object = { type: schema.name, data: { ...data, ...documents } };
    return recorded(event as NewEvent, index, START + index) as RecordedEvent;
  });
}

function filled(type: avro.Type, text: string): unknown {
  if (type instanceof avro.types.RecordType)
    return Object.fromEntries(type.fields.map((field) => [field.name, filled(field.type, text)]));
  if (type instanceof avro.types.ArrayType) return [filled(type.itemsType, text)];
  if (type instanceof avro.types.MapType) return { [text]: filled(type.valuesType, text) };
  if (type instanceof avro.types.UnwrappedUnionType) {
    const branch =
      type.types.find((one) => one.typeName === 'string') ??
      type.types.find((one) => one.typeName !== 'null');
    return filled(branch!, text);
  }
  if (type instanceof avro.types.EnumType) return type.symbols[0];
  switch (type.typeName) {
    case 'string':
      return text;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'double':
    case 'float':
      return 0.5;
    default:
      return 1;
  }
}
