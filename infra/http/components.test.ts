import { expect, test } from 'vitest';
import { tidied } from './components.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test('named schemas are those that are used, and one of requests only has its own name', () => {
  const { components, paths } = tidied({
    paths: { '/a': { post: { requestBody: ref('AskInput'), responses: [ref('Item'), ref('BothInput')] } } },
    components: {
      securitySchemes: {},
      schemas: {
        Ask: {},
        AskInput: { of: ref('Inner') },
        Inner: {},
        InnerInput: {},
        Item: { both: ref('Both') },
        ItemInput: {},
        Both: { self: ref('Both') },
        BothInput: {},
      },
    },
  });
  expect(components).toEqual({
    securitySchemes: {},
    schemas: {
      Ask: { of: ref('Inner') },
      Inner: {},
      Item: { both: ref('Both') },
      Both: { self: ref('Both') },
      BothInput: {},
    },
  });
  expect(paths).toEqual({
    '/a': { post: { requestBody: ref('Ask'), responses: [ref('Item'), ref('BothInput')] } },
  });
});

test('the rest of a path has a name', () => {
  const parameter = { name: '*', in: 'path', schema: { type: 'string', 'x-name': 'recordId' } };
  expect(tidied({ paths: { '/a/{*}': { get: { parameters: [parameter] } } } }).paths).toEqual({
    '/a/{recordId}': { get: { parameters: [{ name: 'recordId', in: 'path', schema: { type: 'string' } }] } },
  });
});
