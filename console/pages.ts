import type { FunctionComponent } from 'preact';
import { data } from './pages/data.ts';
import { drift } from './pages/drift.ts';
import { events } from './pages/events.ts';
import { experiments } from './pages/experiments.ts';
import { labels } from './pages/labels.ts';
import { models } from './pages/models.ts';
import { now } from './pages/now.ts';
import { operations } from './pages/operations.ts';
import { predictions } from './pages/predictions.ts';
import { rollouts } from './pages/rollouts.ts';
import { runs } from './pages/runs.ts';
import { searches } from './pages/searches.ts';
import { timeMachine } from './pages/time-machine.ts';

export interface PageProps {
  /** what follows the path of the page, such as the id of a run; empty for the page itself */
  rest: string;
  parameters: URLSearchParams;
}

export interface Page {
  /** below the base; the first page has none */
  path: string;
  title: string;
  View: FunctionComponent<PageProps>;
}

/** In the order of the navigation. */
export const pages: readonly Page[] = [
  now,
  timeMachine,
  models,
  rollouts,
  experiments,
  data,
  labels,
  runs,
  searches,
  predictions,
  drift,
  events,
  operations,
];

/** The page of a path, and what follows its own; the first page for a path that none has. */
export function pageAt(path: string): { page: Page; rest: string } {
  const found = pages.find((page) => page.path !== '' && `${path}/`.startsWith(`${page.path}/`));
  const page = found ?? pages[0]!;
  return { page, rest: found ? decodeURIComponent(path.slice(found.path.length + 1)) : '' };
}
