import { html, type View } from './html.ts';
import { about, secondsLeft } from './time-left.ts';

/** How far long work is, and how long the rest takes. */
export function Progress(props: {
  what: string;
  done: number;
  all: number;
  /** that the done part has taken */
  seconds: number;
  /** it may end earlier */
  isAtMost?: boolean;
}): View {
  const { what, done, all, seconds, isAtMost } = props;
  const left = secondsLeft(done, all, seconds);
  const told = left === null ? '' : `, ${about(left)} left${isAtMost ? ' at most' : ''}`;
  const text = `${what} ${done.toLocaleString('en')} of ${all.toLocaleString('en')}${told}`;
  return html`<p class="progress"><progress max=${Math.max(all, done)} value=${done} aria-label=${text}></progress> ${text}</p>`;
}
