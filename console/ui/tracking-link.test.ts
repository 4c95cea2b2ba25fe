import { expect, test } from 'vitest';
import { urlOfTracked } from './tracking-link.ts';

const ask = async <T>(path: string): Promise<T> => {
  expect(path).toBe('/api/2.0/mlflow/experiments/get?experiment_id=12');
  return { experiment: { name: 'a & b' } } as T;
};

test.each([
  ['#/experiments/12/runs/c0ee', '/console/runs/c0ee'],
  ['#/experiments/12/runs/c0ee/artifacts?x=1', '/console/runs/c0ee'],
  ['#/experiments/12', '/console/runs?project=a+%26+b'],
  ['#/experiments/12?searchFilter=', '/console/runs?project=a+%26+b'],
  ['#main', undefined],
  ['', undefined],
])('%j leads to %s', async (hash, url) => expect(await urlOfTracked(hash, ask)).toBe(url));

test('an experiment that cannot be asked about leads to all runs', async () =>
  expect(await urlOfTracked('#/experiments/12', () => Promise.reject(new Error('401')))).toBe(
    '/console/runs',
  ));
