import { isDeepStrictEqual } from 'node:util';
import { loadServices } from '../../cli/services.ts';
import { readConfig, readSettings } from '../../infra/config/config.ts';

const services = await loadServices();

/** The variables of epochlog that a text names. */
export const variablesIn = (text: string): string[] => [
  ...new Set(text.match(/\bEPOCHLOG(?:_[A-Z\d]+)+\b/g)),
];

/** Whether a variable makes a difference, if only as one that is wrong: others are passed over. */
export function isRead(variable: string): boolean {
  const readers: ((environment: Record<string, string>) => unknown)[] = [
    (environment) => readConfig({}, environment),
    ...services.map((service) => (environment: Record<string, string>) => readSettings(service, environment)),
  ];
  return readers.some((reader) => {
    try {
      return !isDeepStrictEqual(reader({ [variable]: 'localhost' }), reader({}));
    } catch {
      return true;
    }
  });
}
