// Slack's markup as nodes: `<…>` tokens, entities, styles, code, quotes and emoji.

import { el } from "./dom.js";
import { formatted } from "./dates.js";
import { emojiOf } from "./emoji.js";
import { anchor } from "./links.js";
import { everybody, group, person, room } from "./mentions.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const TOKEN = /^<([^<>\n]+)>/;
const ADDRESS = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?'")\]]/;

/** A text object of Block Kit. */
export function textObject(object, tag = "div") {
  if (!object) return null;
  if (object.type === "mrkdwn") return el(`${tag}.mrkdwn`, {}, mrkdwn(object.text, !object.verbatim));
  return el(`${tag}.plain`, {}, object.emoji === false ? object.text : withEmoji(object.text));
}

/** Markup as a list of nodes, with paragraphs, quotes and preformatted parts. */
export function mrkdwn(text, links = true) {
  return text.split(/```(?:\n)?([\s\S]*?)```/).flatMap((part, index) => (index % 2 ? el("pre.code", {}, unescaped(part.replace(/\n$/, ""))) : lines(index ? part.replace(/^\n/, "") : part, links)));
}

export function unescaped(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** Plain text whose `:names:` become emoji. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiOf(name) || whole);
}

function lines(part, links) {
  const nodes = [];
  let quote = null;
  part.split("\n").forEach((line, index, all) => {
    const quoted = line.match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) {
      if (!quote) nodes.push((quote = el("blockquote.quote")));
      else quote.append(el("br"));
      quote.append(...inline(quoted[1], links));
      return;
    }
    nodes.push(...inline(line, links));
    quote = null;
    if (index < all.length - 1) nodes.push(el("br"));
  });
  return nodes;
}

function inline(text, links) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(unescaped(plain));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = token(text, at) || code(text, at) || styled(text, at, links) || emoji(text, at) || (links && address(text, at));
    if (!found) plain += text[at++];
    else {
      flush();
      nodes.push(found.node);
      at += found.length;
    }
  }
  flush();
  return nodes;
}

function token(text, at) {
  const found = text[at] === "<" && text.slice(at).match(TOKEN);
  if (!found) return null;
  const [body, ...rest] = found[1].split("|");
  const label = rest.length ? rest.join("|") : undefined;
  return { node: meant(body, label), length: found[0].length };
}

function meant(body, label) {
  const plain = label && unescaped(label);
  if (body.startsWith("@")) return person(body.slice(1), plain);
  if (body.startsWith("#")) return room(body.slice(1), plain);
  if (body.startsWith("!subteam^")) return group(body.slice(9), plain);
  if (body.startsWith("!date^")) return date(body, plain);
  if (body.startsWith("!")) return everybody(plain?.replace(/^@/, "") || body.slice(1));
  const url = unescaped(body);
  return label === undefined ? anchor(url) : anchor(url, ...inline(label, false));
}

function date(body, label) {
  const [, seconds, format, url] = body.split("^");
  if (!/^\d+$/.test(seconds || "") || !format) return document.createTextNode(label || body);
  const shown = el("time", { title: label, datetime: new Date(seconds * 1000).toISOString() }, formatted(Number(seconds), format));
  return url ? anchor(unescaped(url), shown) : shown;
}

function code(text, at) {
  if (text[at] !== "`") return null;
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: el("code", {}, unescaped(text.slice(at + 1, end).replace(/<([^|<>]+\|)?([^<>]+)>/g, "$2"))), length: end + 1 - at };
}

function styled(text, at, links) {
  const mark = text[at];
  if (!STYLES[mark] || (at > 0 && WORD.test(text[at - 1])) || /[\s]/.test(text[at + 1] || " ")) return null;
  const end = closing(text, at + 1, mark);
  if (end < 0) return null;
  return { node: el(STYLES[mark], {}, inline(text.slice(at + 1, end), links)), length: end + 1 - at };
}

function closing(text, from, mark) {
  for (let at = from; at < text.length; at++) {
    const skipped = text[at] === "<" ? text.slice(at).match(TOKEN)?.[0].length : code(text, at)?.length;
    if (skipped) at += skipped - 1;
    else if (text[at] === mark && at > from && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] || " ")) return at;
  }
  return -1;
}

function emoji(text, at) {
  const found = text[at] === ":" && text.slice(at).match(/^:([a-z0-9_+-]+):/);
  const shown = found && emojiOf(found[1]);
  return shown ? { node: document.createTextNode(shown), length: found[0].length } : null;
}

function address(text, at) {
  const found = text[at] === "h" && (at === 0 || !WORD.test(text[at - 1])) && text.slice(at).match(ADDRESS);
  return found ? { node: anchor(unescaped(found[0])), length: found[0].length } : null;
}
