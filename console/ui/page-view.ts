import { useEffect, useState } from 'preact/hooks';
import type { Page, PageView } from '../pages.ts';

const loaded = new Map<Page, PageView>();

/** What shows a page, once its script is there; or that it cannot be loaded. */
export function usePageView(page: Page): { View: PageView | undefined; isMissing: boolean } {
  const [missing, setMissing] = useState<Page>();
  const [, setLast] = useState<Page>();
  useEffect(() => {
    if (loaded.has(page)) return;
    page.load().then(
      (View) => {
        loaded.set(page, View);
        setLast(page); // renders again
      },
      () => setMissing(page),
    );
  }, [page]);
  return { View: loaded.get(page), isMissing: missing === page };
}
