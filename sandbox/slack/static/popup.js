// One thing at a time that floats beside what opened it, and menus made of it.

import { el } from "./dom.js";

let open = null;

/** Show `content` at the anchor; Escape, a click elsewhere or the answer closes it. */
export function popup(anchor, content, { closed = () => {}, above = false, wide = false } = {}) {
  const same = open?.anchor === anchor;
  open?.close();
  if (same) return () => {};
  const node = el("div.popup", {}, content);
  document.getElementById("layers").append(node);
  const away = (event) => {
    if (!node.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    close();
    anchor.focus?.();
  };
  function close() {
    if (open?.node !== node) return;
    open = null;
    watch.disconnect();
    node.remove();
    document.removeEventListener("pointerdown", away, true);
    document.removeEventListener("keydown", keys, true);
    window.removeEventListener("resize", close);
    anchor.setAttribute?.("aria-expanded", "false");
    closed();
  }
  open = { anchor, node, close };
  anchor.setAttribute?.("aria-expanded", "true");
  document.addEventListener("pointerdown", away, true);
  document.addEventListener("keydown", keys, true);
  window.addEventListener("resize", close);
  // What is in it may come later: a list that grows may have to go above.
  const watch = new ResizeObserver(() => settle(node, anchor.getBoundingClientRect(), above, wide));
  watch.observe(content);
  settle(node, anchor.getBoundingClientRect(), above, wide);
  return close;
}

export const closePopup = () => open?.close();

/** A menu of {label, hint, mark, heading, run}. */
export function menu(anchor, label, entries, options = {}) {
  const rows = entries.map((entry) => (entry.heading ? el("div.heading", { role: "presentation" }, entry.heading) : row(entry)));
  const node = el("div.menu", { role: "menu", "aria-label": label, keydown: (event) => walk(event, node) }, rows);
  const close = popup(anchor, node, options);
  node.addEventListener("click", (event) => event.target.closest("[role=menuitem]") && close());
  node.querySelector("[role=menuitem]")?.focus();
}

function row(entry) {
  return el(
    "button.row",
    { type: "button", role: "menuitem", click: entry.run, "aria-label": entry.label },
    entry.mark && el("span.mark", {}, entry.mark),
    el("span.words", {}, el("span", {}, entry.label), entry.hint && el("span.hint", {}, entry.hint)),
  );
}

function walk(event, node) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...node.querySelectorAll("[role=menuitem]")];
  rows[(rows.indexOf(document.activeElement) + step + rows.length) % rows.length]?.focus();
}

function settle(node, at, above, wide) {
  if (wide) node.style.width = node.style.maxWidth = `${Math.max(at.width, 320)}px`;
  const width = node.offsetWidth;
  const below = window.innerHeight - at.bottom - 14;
  const up = above || (below < node.scrollHeight + 2 && at.top > below);
  node.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - width - 8))}px`;
  node.style.top = up ? "" : `${at.bottom + 6}px`;
  node.style.bottom = up ? `${window.innerHeight - at.top + 6}px` : "";
  node.style.maxHeight = `${up ? at.top - 14 : below}px`;
}
