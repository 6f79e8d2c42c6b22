// The `rich_text` block: sections, lists, quotes, preformatted text and what stands in them.

import { el } from "./dom.js";
import { formatted } from "./dates.js";
import { emojiOf } from "./emoji.js";
import { anchor, isSafe } from "./links.js";
import { everybody, group, person, room } from "./mentions.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code", highlight: "mark", client_highlight: "mark" };
const BULLETS = ["disc", "circle", "square"];

export function richText(block) {
  return el("div.rich", {}, groups(block.elements || []));
}

function groups(elements) {
  const counts = [];
  return elements.map((element) => {
    if (element.type !== "rich_text_list") counts.length = 0;
    return draw(element, counts);
  });
}

function draw(element, counts) {
  switch (element.type) {
    case "rich_text_list":
      return list(element, counts);
    case "rich_text_quote":
      return el("blockquote.quote", {}, parts(element.elements));
    case "rich_text_preformatted":
      return el("pre.code", { tabindex: "0" }, parts(element.elements));
    default:
      return el("div.rich-section", {}, parts(element.elements || []));
  }
}

function list(element, counts) {
  const indent = element.indent || 0;
  const ordered = element.style === "ordered";
  const first = ordered ? (element.offset ?? counts[indent] ?? 0) + 1 : 1;
  counts[indent] = first - 1 + element.elements.length;
  const node = el(ordered ? "ol" : "ul", ordered ? { start: first } : {}, element.elements.map((item) => el("li", {}, parts(item.elements))));
  node.style.marginLeft = `${indent * 1.4}em`;
  if (!ordered) node.style.listStyleType = BULLETS[indent % 3];
  return node;
}

function parts(elements) {
  return elements.map((part) => dressed(bare(part), part.style || {}));
}

function bare(part) {
  switch (part.type) {
    case "text":
      return part.text;
    case "link":
      return anchor(part.url, part.text || part.url);
    case "emoji":
      return character(part.unicode) || emojiOf(part.name) || `:${part.name}:`;
    case "user":
      return person(part.user_id);
    case "usergroup":
      return group(part.usergroup_id);
    case "channel":
      return room(part.channel_id);
    case "broadcast":
      return everybody(part.range);
    case "date":
      return date(part);
    case "color":
      return swatch(part.value);
    default:
      return part.text || part.team_id || "";
  }
}

function character(codes) {
  if (!/^[0-9a-f]{1,5}(-[0-9a-f]{1,5})*$/i.test(codes || "")) return "";
  return String.fromCodePoint(...codes.split("-").map((each) => parseInt(each, 16)));
}

function date(part) {
  const shown = el("time", { title: part.fallback, datetime: new Date(part.timestamp * 1000).toISOString() }, formatted(part.timestamp, part.format));
  return part.url && isSafe(part.url) ? anchor(part.url, shown) : shown;
}

function swatch(value) {
  const square = el("i.swatch");
  square.style.backgroundColor = value;
  return el("span", {}, square, value);
}

function dressed(node, style) {
  return Object.keys(STYLES).reduce((inner, name) => (style[name] ? el(STYLES[name], {}, inner) : inner), node);
}
