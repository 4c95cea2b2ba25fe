import { commandsPage } from './commands.ts';
import { driftPicture } from './drift-picture.ts';
import { errorsPage } from './errors.ts';
import { eventsPage } from './events.ts';
import { outlinesModule } from './outlines.ts';
import { servicesPage } from './services.ts';
import { settingsPage } from './settings.ts';
import { tablesPage } from './tables.ts';

/** The generated pages and pictures by their path in the project. */
export const referencePages = async (): Promise<Readonly<Record<string, string>>> => ({
  'cli/help.generated.ts': await outlinesModule(),
  'docs/drift.svg': driftPicture(),
  'docs/reference/commands.md': await commandsPage(),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/events.md': eventsPage(),
  'docs/reference/services.md': await servicesPage(),
  'docs/reference/settings.md': await settingsPage(),
  'docs/reference/tables.md': tablesPage(),
});
