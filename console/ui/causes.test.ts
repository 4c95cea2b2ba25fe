import { expect, test } from 'vitest';
import { layoutOf } from './causes.ts';

const event = (id: string, source: string, second: number, causationId: string | null = null) => ({
  ...{ id, source, causationId, type: id, subject: 's' },
  time: new Date(second * 1_000).toISOString(),
});

test('events stand in the order of time, in the lane of who wrote them, and lead to each other', () => {
  const { nodes, lanes, edges } = layoutOf([
    event('trained', 'trainer', 3, 'planned'),
    event('asked', 'cli', 1),
    event('planned', 'planner', 2, 'asked'),
    event('asked', 'cli', 1),
    event('stray', 'trainer', 4, 'elsewhere'),
  ]);
  expect(nodes.map(({ event: { id }, column, lane }) => [id, column, lane])).toEqual([
    ['asked', 0, 0],
    ['planned', 1, 1],
    ['trained', 2, 2],
    ['stray', 3, 2],
  ]);
  expect(lanes).toEqual(['cli', 'planner', 'trainer']);
  expect(edges.map(([cause, effect]) => [cause.event.id, effect.event.id])).toEqual([
    ['asked', 'planned'],
    ['planned', 'trained'],
  ]);
});
