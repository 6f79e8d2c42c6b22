// Attachments, the older way to add to a message.

import { drawBlocks, image } from "./blocks.js";
import { el } from "./dom.js";
import { anchor } from "./links.js";
import { mrkdwn } from "./mrkdwn.js";

export function attachment(given, context) {
  const node = el(
    "div.attachment",
    {},
    given.pretext && el("div.mrkdwn", {}, mrkdwn(given.pretext)),
    given.author_name && el("div.hint", {}, given.author_name),
    given.title && el("strong", {}, given.title_link ? anchor(given.title_link, given.title) : given.title),
    given.text && el("div.mrkdwn", {}, mrkdwn(given.text)),
    given.fields?.length && el("div.fields", {}, given.fields.map((each) => el("div", {}, el("strong", {}, each.title), el("div.mrkdwn", {}, mrkdwn(String(each.value ?? "")))))),
    given.blocks && drawBlocks(given.blocks, context),
    given.image_url && image({ image_url: given.image_url, alt_text: given.fallback || given.title || "A picture" }),
    given.footer && el("div.hint", {}, given.footer),
  );
  if (/^#?[0-9a-f]{6}$/i.test(given.color || "")) node.style.borderColor = `#${given.color.replace("#", "")}`;
  return node;
}
