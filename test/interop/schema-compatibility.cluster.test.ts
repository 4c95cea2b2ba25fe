import type { Schema } from 'avsc';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { EventSchema } from '../../kernel/schema.ts';
import { faultsBetween } from '../../schemas/compatibility.ts';
import { unique } from '../contract/event-log-kit.ts';
import { INVALID } from './invalid-schemas.ts';
import { CHANGES } from './schema-changes.ts';
import { thing } from './schemas.ts';

/**
 * `epochlog schemas check` says offline what a registry says when it is asked (here one of Java's Avro). Where the two
 * differ, it is `check` that refuses more, for the reason that stands beside the change.
 */

const registry = new ConfluentRegistry({ url: inject('registryUrl'), register: true });

async function subjectOf(versions: readonly EventSchema[]): Promise<string> {
  const subject = unique('epochlog.things');
  for (const version of versions) await registry.idOf(subject, JSON.stringify(version));
  return subject;
}

/** What the registry says of a schema as the next version of a subject. */
async function verdictOn(subject: string, schema: EventSchema): Promise<'taken' | 'refused' | 'invalid'> {
  const answer = await fetch(`${inject('registryUrl')}/compatibility/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  const said = await answer.text();
  if (answer.status === 422) return 'invalid';
  const { is_compatible: isCompatible }: { is_compatible?: boolean } = JSON.parse(said);
  if (isCompatible === undefined) throw new Error(`HTTP ${answer.status}: ${said}`);
  return isCompatible ? 'taken' : 'refused';
}

const isStricter = ({ takenElsewhere }: { takenElsewhere?: string }) => takenElsewhere !== undefined;
const isAgreed = (change: { takenElsewhere?: string }) => !isStricter(change);

describe('the registry', () => {
  test.each(CHANGES.filter(isAgreed))('says the same of: $what', async ({ before, now, faults }) => {
    const verdict = await verdictOn(await subjectOf(before), now);
    expect(verdict === 'taken').toBe(faults.length === 0);
  });

  test.each(INVALID.filter(isAgreed))('finds invalid too: $what', async ({ now }) => {
    expect(await verdictOn(await subjectOf([thing()]), now)).toBe('invalid');
  });

  test.each(CHANGES.filter(isStricter))(
    'takes what is refused here: $what ($takenElsewhere)',
    async ({ before, now }) => {
      expect(await verdictOn(await subjectOf(before), now)).toBe('taken');
    },
  );

  test.each(INVALID.filter(isStricter))(
    'takes what is invalid here: $what ($takenElsewhere)',
    async ({ now }) => {
      expect(await verdictOn(await subjectOf([thing()]), now)).toBe('taken');
    },
  );
});

/** A type and a value of it that may be a default. */
type Sample = { type: Schema; value: unknown };

const PRIMITIVES: readonly Sample[] = [
  { type: 'int', value: 1 },
  { type: 'long', value: 2 },
  { type: 'float', value: 0.5 },
  { type: 'double', value: 0.25 },
  { type: 'string', value: 'x' },
  { type: 'bytes', value: 'x' },
  { type: 'boolean', value: true },
];

/** Types of few enough sorts that two of them are often readable as each other. */
function aType(name: string): fc.Arbitrary<Sample> {
  const primitive = fc.constantFrom(...PRIMITIVES);
  const symbols = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
  const anEnum = fc
    .record({ symbols, open: fc.boolean() })
    .map(({ symbols: [first = '', ...others], open }) => ({
      type: {
        type: 'enum',
        name: `${name}Enum`,
        symbols: [first, ...others],
        ...(open && { default: first }),
      } satisfies Schema,
      value: first,
    }));
  const inner = fc.record({ x: primitive, y: fc.option(primitive), hasDefault: fc.boolean() });
  const record = inner.map(({ x, y, hasDefault }) => ({
    type: {
      type: 'record',
      name: `${name}Part`,
      fields: [
        { name: 'x', type: x.type },
        ...(y ? [{ name: 'y', type: y.type, ...(hasDefault && { default: y.value }) }] : []),
      ],
    } satisfies Schema,
    value: { x: x.value, ...(y && { y: y.value }) },
  }));
  const single = fc.oneof(primitive, anEnum, record);
  const list = single.map(({ type }) => ({ type: { type: 'array', items: type } as Schema, value: [] }));
  const map = single.map(({ type }) => ({ type: { type: 'map', values: type } as Schema, value: {} }));
  const optional = single.map(({ type }) => ({ type: ['null', type] as Schema, value: null }));
  return fc.oneof({ weight: 3, arbitrary: single }, list, map, optional);
}

/** What becomes of a field in several versions of an event: mostly it stays, and now and then it is another. */
function aHistory(
  name: string,
  versions: number,
): fc.Arbitrary<(EventSchema['fields'][number] | undefined)[]> {
  const fate = fc.constantFrom('stays', 'stays', 'stays', 'stays', 'is another', 'is gone');
  const version = fc.record({ fate, hasDefault: fc.constantFrom(true, true, false) });
  return fc
    .tuple(aType(name), aType(name), fc.array(version, { minLength: versions, maxLength: versions }))
    .map(([usual, other, history]) =>
      history.map(({ fate, hasDefault }) => {
        const { type, value } = fate === 'is another' ? other : usual;
        return fate === 'is gone' ? undefined : { name, type, ...(hasDefault && { default: value }) };
      }),
    );
}

const VERSIONS = 4;
const histories = fc
  .tuple(...['f', 'g', 'h'].map((name) => aHistory(name, VERSIONS)))
  .map((fields) =>
    Array.from({ length: VERSIONS }, (_, version) =>
      thing(...fields.flatMap((history) => history[version] ?? [])),
    ),
  );

test('whatever the history of an event, both take and refuse the same versions', async () => {
  const verdicts = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(histories, async ([first, ...later]) => {
      const taken = [first!];
      const subject = await subjectOf(taken);
      for (const next of later) {
        const isTaken = taken.every((version) => faultsBetween(version, next).length === 0);
        const verdict = isTaken ? 'taken' : 'refused';
        expect({ taken, next, verdict }).toEqual({ taken, next, verdict: await verdictOn(subject, next) });
        verdicts[verdict] += 1;
        if (!isTaken) continue;
        await registry.idOf(subject, JSON.stringify(next));
        taken.push(next);
      }
    }),
    { numRuns: 150 },
  );
  expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(50);
});
