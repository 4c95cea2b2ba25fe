import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ApiError, ask, post } from './api.ts';
import { html, type View } from './html.ts';

/** of an answer to a request, in seconds */
const WAIT = 30;

interface Accepted {
  requestId: string;
  follow: string;
}
interface RequestState {
  state: 'pending' | 'done' | 'refused' | 'failed';
  reason: string | null;
}

type Outcome = { kind: 'problem' | 'done'; text: string } | 'asking' | undefined;

/**
 * A button that changes something: it opens a form that asks who one is and why, sends the request, and tells what came of it.
 * Both stand in the log.
 */
export function Action(props: {
  name: string;
  /** what will happen, in words */
  children?: ComponentChildren;
  path: string;
  body: Readonly<Record<string, unknown>>;
  /** what the request calls the reason; null: it takes none */
  reasonAs?: string | null;
}): View {
  const { name, children, path, body, reasonAs = 'reason' } = props;
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [person, setPerson] = useState('');
  const [outcome, setOutcome] = useState<Outcome>();
  const id = useId();
  const send = async (event: Event) => {
    event.preventDefault();
    setOutcome('asking');
    setOutcome(
      await request(path, { ...body, ...(reasonAs && { [reasonAs]: reason }), requestedBy: person }),
    );
  };
  if (!isOpen) return html`<button type="button" onClick=${() => setOpen(true)}>${name}</button>`;
  const field = (
    label: string,
    value: string,
    set: (text: string) => void,
  ) => html`<label for=${`${id}-${label}`}>${label}</label>
    <input id=${`${id}-${label}`} required maxlength="200" value=${value}
      onInput=${(event: InputEvent) => set((event.target as HTMLInputElement).value)} />`;
  return html`<form class="token" onSubmit=${send}>
    <p>${children}</p>
    ${field('Your name', person, setPerson)} ${reasonAs && field('Reason', reason, setReason)}
    <p><button type="submit" disabled=${outcome === 'asking'}>${name}</button>
      ${' '}<button type="button" onClick=${() => setOpen(false)}>Not now</button></p>
    <p role="status">${outcome === 'asking' ? 'asked …' : ''}${typeof outcome === 'object' && html`<span class=${outcome.kind === 'problem' ? 'bad' : 'good'}>${outcome.text}</span>`}</p>
  </form>`;
}

async function request(path: string, body: object): Promise<Outcome> {
  try {
    const { follow } = await post<Accepted>(path, body);
    const { state, reason } = await ask<RequestState>(`${follow}?wait=${WAIT}`);
    if (state === 'pending')
      return { kind: 'problem', text: `no answer in ${WAIT} s; it is in the log, and will have one` };
    return { kind: state === 'done' ? 'done' : 'problem', text: [state, reason].filter(Boolean).join(': ') };
  } catch (error) {
    if (error instanceof ApiError) return { kind: 'problem', text: error.message };
    throw error;
  }
}
