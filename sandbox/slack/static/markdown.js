// The `markdown` block: enough of Markdown to read what an app wrote.

import { el } from "./dom.js";
import { anchor } from "./links.js";
import { withEmoji } from "./mrkdwn.js";

const LIST = /^(\s*)(?:([-*+])|(\d+)[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const SPANS = [
  [/^(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/, (found) => el("code", {}, found[2])],
  [/^!?\[([^\]]*)\]\(([^)\s]+)(?:\s+"[^"]*")?\)/, (found) => anchor(found[2], ...spans(found[1] || found[2]))],
  [/^<(https?:[^>\s]+)>/, (found) => anchor(found[1])],
  [/^(\*\*|__)(?=\S)([\s\S]*?\S)\1/, (found) => el("strong", {}, spans(found[2]))],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (found) => el("s", {}, spans(found[1]))],
  [/^\*(?=\S)([^*]*?\S)\*/, (found) => el("em", {}, spans(found[1]))],
  [/^_(?=\S)([^_]*?\S)_(?![\p{L}\p{N}])/u, (found) => el("em", {}, spans(found[1]))],
  [/^https?:\/\/[^\s<>)]+[^\s<>).,;:!?]/, (found) => anchor(found[0])],
];

export function markdown(text) {
  const lines = text.replaceAll("\r", "").split("\n");
  const nodes = [];
  while (lines.length) nodes.push(...(taken(lines) || []));
  return el("div.markdown", {}, nodes);
}

function taken(lines) {
  const line = lines[0];
  if (!line.trim()) return lines.shift() === undefined ? null : [];
  if (line.startsWith("```")) return [fence(lines)];
  if (RULE.test(line)) return lines.shift() && [el("hr")];
  const heading = line.match(/^(#{1,6})\s+(.*)$/);
  if (heading) return lines.shift() && [el(`h${Math.min(heading[1].length + 2, 6)}`, {}, spans(heading[2]))];
  if (line.startsWith(">")) return [el("blockquote.quote", {}, markdown(run(lines, /^>\s?/).join("\n")))];
  if (/^\s*\|.*\|\s*$/.test(line) && /^[\s|:-]+$/.test(lines[1] || "")) return [table(lines)];
  if (LIST.test(line)) return [list(lines)];
  return [paragraph(lines)];
}

function fence(lines) {
  lines.shift();
  const end = lines.findIndex((line) => line.startsWith("```"));
  const body = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return el("pre.code", {}, body.join("\n"));
}

function run(lines, prefix) {
  const found = [];
  while (lines.length && prefix.test(lines[0])) found.push(lines.shift().replace(prefix, ""));
  return found;
}

function table(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => spans(cell.trim()));
  const head = cells(lines.shift());
  lines.shift();
  const rows = [];
  while (lines.length && lines[0].includes("|")) rows.push(cells(lines.shift()));
  const row = (tag) => (each) => el("tr", {}, each.map((cell) => el(tag, {}, cell)));
  return el("div.table-frame", {}, el("table", {}, el("thead", {}, row("th")(head)), el("tbody", {}, rows.map(row("td")))));
}

function list(lines) {
  const first = lines[0].match(LIST);
  const node = el(first[2] ? "ul" : "ol", first[3] ? { start: first[3] } : {});
  while (lines.length) {
    const found = lines[0].match(LIST);
    if (!found || found[1].length < first[1].length) break;
    if (found[1].length > first[1].length + 1) {
      (node.lastElementChild || node).append(list(lines));
      continue;
    }
    lines.shift();
    const tick = found[4] === undefined ? [] : [found[4] === " " ? "☐ " : "☑ "];
    node.append(el("li", {}, tick, spans(found[5])));
  }
  return node;
}

function paragraph(lines) {
  const node = el("p");
  do {
    if (node.childNodes.length) node.append(el("br"));
    node.append(...spans(lines.shift()));
  } while (lines.length && lines[0].trim() && !/^(#{1,6}\s|>|```|\s*\|)/.test(lines[0]) && !LIST.test(lines[0]));
  return node;
}

function spans(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const match = /[`![<*_~h]/.test(rest[0]) && first(rest);
    if (match) {
      nodes.push(withEmoji(plain), match.node);
      plain = "";
      at += match.length;
    } else {
      if (text[at] === "\\" && /[\\`*_{}[\]()#+.!~|<>-]/.test(text[at + 1] || "")) at++;
      plain += text[at++];
    }
  }
  nodes.push(withEmoji(plain));
  return nodes;
}

function first(rest) {
  for (const [pattern, made] of SPANS) {
    const found = rest.match(pattern);
    if (found) return { node: made(found), length: found[0].length };
  }
  return null;
}
