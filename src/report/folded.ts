import { type Html, html, nothing } from "./html.ts";

/** A part that is unfolded by a click; nothing where there is nothing in it. */
export function folded(title: string | Html, content: Html | null, isOpen = false): Html {
  if (content === null) return nothing;
  return isOpen
    ? html`<details open>
        <summary>${title}</summary>
        ${content}
      </details>`
    : html`<details>
        <summary>${title}</summary>
        ${content}
      </details>`;
}
