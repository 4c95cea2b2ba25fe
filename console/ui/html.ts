import { html as tag } from 'htm/preact';
import type { VNode } from 'preact';

/** What a component returns. */
export type View = VNode | null;

/** Markup as a tagged template. Values become text or attributes, never markup. */
export const html = tag as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
