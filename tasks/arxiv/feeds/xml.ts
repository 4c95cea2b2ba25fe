import { createRequire } from 'node:module';
import { lazy } from '../../../ml/lazy.ts';
import type { SourceFault } from '../../source.ts';

/** An element without its namespace prefix: its elements by name, its text as `#text`, its attributes as `@name`. */
export type Element = Readonly<Record<string, unknown>>;

/** Elements that may be repeated: always read as a list. */
const LISTS = new Set(['entry', 'link', 'category', 'author', 'record', 'setSpec']);

const require = createRequire(import.meta.url);

const library = lazy((): typeof import('fast-xml-parser') => require('fast-xml-parser'));

/** No entity of a document type is expanded: none of the feeds has one, and those that do mean harm. */
const parser = lazy(() => {
  const { XMLParser } = library();
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    htmlEntities: true,
    isArray: (name) => LISTS.has(name),
  });
});

/** The root element of a document, or that the answer is none: such an answer was cut, or comes from something between. */
export function parseXml(
  answer: string,
  root: string,
): { element: Element; fault?: undefined } | { element?: undefined; fault: SourceFault } {
  if (/<!DOCTYPE/i.test(answer)) return { fault: broken('it has a document type, which no such feed has') };
  const valid = library().XMLValidator.validate(answer);
  if (valid !== true) return { fault: broken(`line ${valid.err.line}: ${messageOf(valid.err.msg)}`) };
  const { document, reason } = parsed(answer);
  if (!document) return { fault: broken(reason) };
  const element = document[root];
  if (Array.isArray(element)) return { fault: broken(`there are ${element.length} <${root}> in it`) };
  if (isElement(element)) return { element };
  return { fault: broken(`there is no <${root}> in it`) };
}

/** The parser refuses what could only do harm: names such as `__proto__`, elements a hundred deep. */
function parsed(
  answer: string,
): { document: Element; reason?: undefined } | { document?: undefined; reason: string } {
  try {
    return { document: parser().parse(answer) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Of a document that was cut the validator lists the elements that are open. */
const messageOf = (message: string): string =>
  message.startsWith('Invalid ') ? 'it ends before its elements do' : message;

const broken = (why: string): SourceFault => ({
  reason: `the answer is not the XML that was expected: ${why}`,
  isRetriable: true,
});

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null;

/** The elements of that name. */
export function children(element: Element, name: string): Element[] {
  const found = element[name];
  return (Array.isArray(found) ? found : [found]).filter(isElement);
}

/** The text of an element, of which white space is one space; undefined where there is none. */
export function textOf(element: Element, name: string): string | undefined {
  const found = element[name];
  const raw = isElement(found) ? found['#text'] : found;
  return typeof raw === 'string' || typeof raw === 'number'
    ? String(raw).replaceAll(/\s+/g, ' ').trim()
    : undefined;
}

/** A number that is not negative; null for anything else. */
export function countOf(text: unknown): number | null {
  return typeof text === 'string' && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
