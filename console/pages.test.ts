import { expect, test } from 'vitest';
import { pageAt } from './pages.ts';

test.each([
  ['', 'Now', ''],
  ['/runs', 'Runs', ''],
  ['/runs/orders-r1', 'Runs', 'orders-r1'],
  ['/models/a%2Fb', 'Models', 'a/b'],
  ['/runsome', 'No such page', '/runsome'],
  ['/nope/%zz', 'No such page', '/nope/%zz'],
])('the console at %j shows %j', (path, title, rest) => {
  expect(pageAt(path)).toMatchObject({ page: { title }, rest });
});
