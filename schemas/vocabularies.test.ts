import avro from 'avsc';
import { describe, expect, test } from 'vitest';
import { checkStream } from './check.ts';
import { loadSchemas } from './load.ts';
import { publish, readAs } from './published.ts';
import {
  ALERT_CAUSES,
  MATCHED_BY,
  PLAN_CAUSES,
  PLAN_OUTCOMES,
  REJECTION_REASONS,
  SEARCH_OUTCOMES,
} from './vocabularies.ts';

const streams = loadSchemas();

describe.each([
  ['SampleRejected', 'reason', REJECTION_REASONS],
  ['SampleDeduplicated', 'matchedBy', MATCHED_BY],
  ['AlertRaised', 'cause', ALERT_CAUSES],
  ['TrainingPlanned', 'cause', PLAN_CAUSES],
  ['TrainingPlanConcluded', 'outcome', PLAN_OUTCOMES],
  ['SearchCompleted', 'outcome', SEARCH_OUTCOMES],
])('the vocabulary of %s.%s', (event, name, values) => {
  const stream = streams.find(({ events }) => events.some((schema) => schema.name === event))!;
  const schema = stream.events.find((candidate) => candidate.name === event)!;
  const field = schema.fields.find((candidate) => candidate.name === name)!;

  test('is documented in the schema', () => {
    expect(field).toMatchObject({
      type: 'string',
      doc: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
    });
  });

  test('may grow by one value: `schemas check` accepts it, and an older reader reads it', () => {
    const doc = `${field.doc}, or one_more`;
    const grown = { ...schema, fields: schema.fields.map((old) => (old === field ? { ...old, doc } : old)) };
    const [checked] = checkStream({ ...stream, events: [grown] }, [schema]);
    expect(checked).toMatchObject({ event, verdict: 'unchanged', faults: [] });
    const example = { ...Object(publish(schema).example), [name]: 'one_more' };
    const binary = avro.Type.forSchema(grown).toBuffer(example).toString('base64');
    expect(readAs(binary, grown, schema)).toEqual(example);
  });
});

test('no published event has an enum', () => {
  expect(JSON.stringify(streams)).not.toContain('"enum"');
});
