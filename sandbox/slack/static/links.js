// Links to elsewhere: only addresses of the web and of mail lead anywhere.

import { el } from "./dom.js";

const SAFE = /^(https?:\/\/|mailto:|tel:)/i;

export const isSafe = (url) => SAFE.test(String(url));

/** An anchor, or plain text where the address would run something. */
export function anchor(url, ...children) {
  const shown = children.length ? children : [String(url).replace(/^mailto:/, "")];
  if (!isSafe(url)) return el("span", {}, shown);
  return el("a.link", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown);
}
