// Files of a message: pictures as they are, text as its first lines, everything to download.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const TEXTS = /^(text\/|application\/(json|x-yaml|yaml))|\.(log|jsonl|md|ya?ml|txt|csv|py)$/;
const LINES = 8;
const MOST_BYTES = 500_000;

export function drawFile(file) {
  if (file.mode === "tombstone") return el("div.note", {}, "This file was deleted.");
  const address = `files/${encodeURIComponent(file.id)}`;
  if (PICTURES.includes(file.mimetype)) return picture(file, address);
  const text = file.size <= MOST_BYTES && (file.mode === "snippet" || TEXTS.test(file.mimetype) || TEXTS.test(file.name));
  return el("div.file", {}, head(file, address), text && preview(file, address));
}

function picture(file, address) {
  const node = el("img", { src: address, alt: file.title || file.name });
  const open = () => large(node, file);
  return el("figure.file-picture", {}, el("figcaption", {}, el("span", {}, file.title || file.name), download(file, address)), el("button.picture-frame", { type: "button", "aria-label": `Show ${file.title || file.name} large`, click: open }, node));
}

function head(file, address) {
  return el("div.file-head", {}, el("span.file-sign", {}, icon("file", 20)), el("div.words", {}, el("strong", {}, file.title || file.name), el("span.hint", {}, `${kind(file)} · ${size(file.size)}`)), download(file, address));
}

function download(file, address) {
  return el("a.button.only-icon.slim", { href: address, download: file.name, "aria-label": `Download ${file.name}`, title: "Download" }, icon("download"));
}

function preview(file, address) {
  const lines = el("pre.code.lines", { tabindex: "0", "aria-label": `Beginning of ${file.name}` }, "…");
  const more = el("button.quiet.more", { type: "button", hidden: true }, "Show all");
  const node = el("div.preview", {}, lines, more);
  load(address).then((text) => {
    const all = text.replace(/\n$/, "").split("\n");
    const some = all.slice(0, LINES).join("\n");
    lines.textContent = some;
    more.hidden = all.length <= LINES;
    more.textContent = `Show all ${all.length} lines`;
    more.addEventListener("click", () => {
      const whole = lines.textContent === some;
      lines.textContent = whole ? text : some;
      more.textContent = whole ? "Show less" : `Show all ${all.length} lines`;
    });
  });
  return node;
}

async function load(address) {
  const answer = await fetch(address, { cache: "no-store" });
  return answer.ok ? answer.text() : "This file cannot be read.";
}

function large(node, file) {
  const before = document.activeElement;
  const close = () => (veil.remove(), before?.focus?.());
  const button = el("button.button.only-icon", { type: "button", "aria-label": "Close", click: close }, icon("close"));
  const veil = el("div.veil.dark", { role: "dialog", "aria-modal": "true", "aria-label": file.title || file.name, click: close, keydown: (event) => event.key === "Escape" && (event.stopPropagation(), close()) }, button, el("img.large", { src: node.src, alt: node.alt }));
  fill(document.getElementById("layers"), [...document.getElementById("layers").children], veil);
  button.focus();
}

function kind(file) {
  return (file.filetype || file.name.split(".").pop() || "file").toUpperCase();
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
