import type { Page } from './ui/page.ts';

/** In the order of the navigation. */
export const pages: readonly Page[] = [
  {
    path: '',
    title: 'Now',
    load: async () => (await import('./pages/now.ts')).NowView,
  },
  {
    path: '/time',
    title: 'Time machine',
    load: async () => (await import('./pages/time.ts')).TimeView,
  },
  {
    path: '/models',
    title: 'Models',
    load: async () => (await import('./pages/models.ts')).ModelsView,
  },
  {
    path: '/rollouts',
    title: 'Rollouts',
    load: async () => (await import('./pages/rollouts.ts')).RolloutsView,
  },
  {
    path: '/experiments',
    title: 'Experiments',
    load: async () => (await import('./pages/experiments.ts')).ExperimentsView,
  },
  {
    path: '/data',
    title: 'Data',
    load: async () => (await import('./pages/data.ts')).DataSheet,
  },
  {
    path: '/labels',
    title: 'Labels',
    load: async () => (await import('./pages/labels.ts')).LabelsView,
  },
  {
    path: '/runs',
    title: 'Runs',
    load: async () => (await import('./pages/runs.ts')).RunsView,
  },
  {
    path: '/searches',
    title: 'Searches',
    load: async () => (await import('./pages/searches.ts')).SearchesView,
  },
  {
    path: '/predictions',
    title: 'Predictions',
    load: async () => (await import('./pages/predictions.ts')).PredictionsView,
  },
  {
    path: '/drift',
    title: 'Drift',
    load: async () => (await import('./pages/drift.ts')).DriftView,
  },
  {
    path: '/events',
    title: 'Events',
    load: async () => (await import('./pages/events.ts')).EventsView,
  },
  {
    path: '/operations',
    title: 'Operations',
    load: async () => (await import('./pages/operations.ts')).OperationsView,
  },
];

/** Of a path that no page has. */
const nowhere: Page = {
  path: '',
  title: 'No such page',
  load: async () => (await import('./pages/nowhere.ts')).NowhereView,
};

/** The page of a path, and what follows its own; the first page for an empty path. */
export function pageAt(path: string): { page: Page; rest: string } {
  const page = pages.find(({ path: own }) => (own === '' ? path === '' : `${path}/`.startsWith(`${own}/`)));
  if (!page) return { page: nowhere, rest: path };
  return { page, rest: decodeURIComponent(path.slice(page.path.length + 1)) };
}
