import { useState } from 'preact/hooks';
import { useToken } from './api.ts';
import { html, type View } from './html.ts';

/** Asks for the token of the server, once for the whole page. */
export function TokenForm(): View {
  const [text, setText] = useState('');
  const give = (event: Event) => {
    event.preventDefault();
    useToken(text.trim());
  };
  return html`<form onSubmit=${give} class="token">
    <p>This server asks for a token: yours, or EPOCHLOG_TOKEN of the server. It is kept until this page is reloaded, and nowhere else.</p>
    <label for="token">Token</label>
    <input id="token" type="password" autocomplete="off" required value=${text}
      onInput=${(event: InputEvent) => setText((event.target as HTMLInputElement).value)} />
    <button type="submit">Use it</button>
  </form>`;
}
