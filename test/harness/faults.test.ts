import { expect, test } from 'vitest';
import { crashing } from './faults.ts';

test.each([0, 0.2, 1])(
  'of %d of its calls by chance, it crashes as often as asked, however few calls there are',
  (share) => {
    const crash = crashing(10, { share, seed: 1 });
    let calls = 0;
    for (; crash.crashes < 10; calls++) {
      expect(calls).toBeLessThan(40);
      try {
        crash();
      } catch (error) {
        expect(error).toMatchObject({ message: 'kill -9' });
      }
    }
    for (; calls < 100; calls++) crash(); // and no more
    expect(crash.crashes).toBe(10);
  },
);
