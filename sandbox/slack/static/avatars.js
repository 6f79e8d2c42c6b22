// A picture for everybody: initials on a colour of their own; apps have a rounder sign.

import { el } from "./dom.js";

const HUES = [12, 262, 158, 32, 208, 330, 96, 184, 288];

export function avatar(user, size = "") {
  const node = el(`span.avatar${size ? `.${size}` : ""}`, { "aria-hidden": "true" }, user?.app_id ? sign() : initials(user));
  if (user?.app_id) node.classList.add("app");
  else node.style.setProperty("--hue", HUES[hash(user?.name || "?") % HUES.length]);
  return node;
}

function initials(user) {
  const words = (user?.real_name || user?.name || "?").split(/\s+/);
  return (words[0][0] + (words.length > 1 ? words[words.length - 1][0] : "")).toUpperCase();
}

function hash(name) {
  return [...name].reduce((sum, letter) => sum * 7 + letter.charCodeAt(0), 0);
}

function sign() {
  return el("span.sign", {}, el("i"), el("i"), el("i"));
}
