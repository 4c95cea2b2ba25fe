import { expect, test } from 'vitest';
import { faultOfTemplate } from '../../kernel/template.ts';
import { metricsOf, named, paramsOf, RUN_FIELDS, registeredName, standardName, tagsOf } from './naming.ts';

test('a template is filled in, and one with an unknown field or a brace alone is refused by its name', () => {
  const fields = { model: 'topics', engine: 'linear', date: '2026-03-01', run: 'r1' };
  expect(named('epochlog-{model}-{date}-{run} {{x}}', fields)).toBe('epochlog-topics-2026-03-01-r1 {x}');
  expect(named(`{run}${'x'.repeat(300)}`, fields)).toHaveLength(250);
  expect(faultOfTemplate('{model}/{{x}}', RUN_FIELDS)).toBeUndefined();
  expect(faultOfTemplate('{modle}', RUN_FIELDS)).toBe('has no field {modle}; did you mean model?');
  expect(faultOfTemplate('a } b', RUN_FIELDS)).toContain('write }} for one');
});

test('params are flattened by dots, in the names of MLflow libraries; lists are JSON, and what is null is left out', () => {
  const nested = {
    learningRate: 0.1,
    seeds: { split: 1, dropOut: 2 },
    layers: [64, 'a'],
    none: null,
    on: true,
  };
  expect(paramsOf(nested)).toEqual([
    { key: 'learning_rate', value: '0.1' },
    { key: 'seeds.split', value: '1' },
    { key: 'seeds.drop_out', value: '2' },
    { key: 'layers', value: '[64,"a"]' },
    { key: 'on', value: 'true' },
  ]);
  expect(paramsOf({ text: 'x'.repeat(7_000) })[0]?.value).toHaveLength(6_000);
  expect(standardName('macroF1')).toBe('macro_f1');
  expect(standardName('f1@10%')).toBe('f1_10_');
  expect(registeredName('a/b:c')).toBe('a_b_c');
  expect(tagsOf({ a: 'x', b: null, c: undefined, d: '' })).toEqual([{ key: 'a', value: 'x' }]);
});

test('metrics that are no finite numbers are written as protobuf has them', () => {
  const at = { timestamp: 5, step: 2, prefix: 'val_' };
  const values = {
    loss: Number.NaN,
    a: Number.POSITIVE_INFINITY,
    b: Number.NEGATIVE_INFINITY,
    c: 1,
    d: null,
  };
  expect(metricsOf(values, at).map(({ key, value }) => [key, value])).toEqual([
    ['val_loss', 'NaN'],
    ['val_a', 'Infinity'],
    ['val_b', '-Infinity'],
    ['val_c', 1],
  ]);
});
