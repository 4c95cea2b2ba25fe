import type { Schema, schema } from 'avsc';
import { describe, expect, test } from 'vitest';
import type { EventSchema } from '../kernel/schema.ts';
import { INVALID } from '../test/interop/invalid-schemas.ts';
import { thing } from '../test/interop/schemas.ts';
import { checkStream } from './check.ts';

const check = (before: readonly EventSchema[], ...events: EventSchema[]) =>
  checkStream({ name: 'things', events }, before);
const n = (type: Schema, value?: unknown) => ({
  name: 'n',
  type,
  ...(value !== undefined && { default: value }),
});

describe('a schema is refused by itself for', () => {
  test.each(INVALID)('$what', ({ now, why }) => {
    const [checked] = check([thing()], now);
    expect(checked).toMatchObject({ verdict: 'incompatible', faults: [{ versions: [] }] });
    expect(checked?.faults[0]?.why).toMatch(why);
  });
});

describe('an event', () => {
  test('is unchanged as it was published, whatever its documentation says now', () => {
    const documented = { ...thing(n('int', 7)), doc: 'what happened' };
    expect(check([thing(n('int', 7))], documented)).toEqual([
      { stream: 'things', event: 'Thing', verdict: 'unchanged', changes: [], faults: [] },
    ]);
  });

  test('without its schema needs an upcast', () => {
    const gone = (...upcasts: { from: string }[]) =>
      checkStream({ name: 'things', events: [] }, [thing()], upcasts);
    expect(gone()).toMatchObject([{ event: 'Thing', verdict: 'incompatible' }]);
    expect(gone({ from: 'Another' })).toMatchObject([{ verdict: 'incompatible' }]);
    expect(gone({ from: 'Thing' })).toMatchObject([{ verdict: 'unchanged' }]);
  });

  test('is new when it never was', () => {
    expect(check([], thing())).toMatchObject([{ event: 'Thing', verdict: 'new' }]);
  });

  test('says which fields differ from its last version', () => {
    const before = thing(n('int', 7), { name: 'gone', type: 'int', default: 0 });
    const part: schema.RecordType = { type: 'record', name: 'Part', fields: [{ name: 'x', type: 'double' }] };
    const parts = {
      name: 'parts',
      type: { type: 'array', items: part } satisfies schema.ArrayType,
      default: [],
    };
    expect(check([thing(), before], thing(n('int', 8), parts))).toMatchObject([
      {
        verdict: 'compatible',
        changes: [
          'changed n (int, default 7 → int, default 8)',
          'added parts',
          'added parts[].x',
          'removed gone',
        ],
      },
    ]);
  });

  test('says which versions it is not compatible with, all of them', () => {
    const [plain, optional] = [thing(), thing(n('int', 7))];
    const [checked] = check([plain, optional, plain], thing(n('string')));
    expect(checked?.faults).toEqual([
      { versions: [1, 3], why: expect.stringMatching(/^n has no default/) },
      { versions: [2], why: expect.stringMatching(/^n was int and is string/) },
    ]);
  });

  test('may not disappear once it was published', () => {
    expect(check([thing()])).toMatchObject([
      {
        event: 'Thing',
        verdict: 'incompatible',
        faults: [{ why: expect.stringContaining('.avsc is gone') }],
      },
    ]);
  });
});
