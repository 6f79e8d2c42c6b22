// The blocks of agents: task cards, plans, alerts, cards, carousels and containers.

import { drawBlock, image } from "./blocks.js";
import { drawElement } from "./elements.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { anchor } from "./links.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

const STATUS = {
  pending: ["circle", "pending"],
  in_progress: ["circle", "in progress"],
  complete: ["check", "complete"],
  error: ["cross", "error"],
};
const LEVELS = { info: "ℹ️", success: "✅", warning: "⚠️", error: "⛔" };

export function taskCard(block) {
  const [sign, word] = STATUS[block.status] || STATUS.pending;
  return el(
    `div.task.${block.status}`,
    {},
    el("span.task-sign", { role: "img", "aria-label": word }, icon(sign, 14)),
    el(
      "div.task-body",
      {},
      el("div.task-title", {}, block.title),
      block.details && richText(block.details),
      block.output && el("div.task-output", {}, richText(block.output)),
      block.sources?.length && el("div.sources", {}, block.sources.map((each) => anchor(each.url, each.text))),
    ),
  );
}

export function plan(block) {
  const tasks = block.tasks || [];
  const done = tasks.filter((each) => each.status === "complete").length;
  return el("details.plan", { open: true }, el("summary", {}, el("strong", {}, block.title), tasks.length ? el("span.hint", {}, ` ${done} of ${tasks.length}`) : null), tasks.map(taskCard));
}

export function alert(block) {
  const level = block.level || "default";
  return el(`div.alert.${level}`, { role: "note" }, LEVELS[level] && el("span", { "aria-hidden": "true" }, LEVELS[level]), textObject(block.text));
}

export function card(block, context) {
  return el(
    "div.mini-card",
    {},
    block.hero_image && el("div.hero", {}, image(block.hero_image)),
    el("div.card-head", {}, block.icon && image(block.icon), el("div", {}, block.title && el("strong", {}, textObject(block.title, "span")), block.subtitle && el("div.hint", {}, textObject(block.subtitle, "span")))),
    block.body && textObject(block.body),
    block.actions && el("div.actions", {}, block.actions.map((each) => drawElement(each, block, context))),
  );
}

export function carousel(block, context) {
  return el("div.carousel", { tabindex: "0", role: "group", "aria-label": "Cards" }, block.elements.map((each) => card(each, context)));
}

export function container(block, context) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : el("strong", {}, block.title?.text || "");
  const head = [block.icon && image(block.icon), el("div", {}, title, block.subtitle && el("div.hint", {}, textObject(block.subtitle, "span")))];
  const children = el("div.blocks", {}, (block.child_blocks || []).map((each) => drawBlock(each, context)));
  if (!block.is_collapsible) return el("section.container", {}, el(`div.container-head${block.has_header_divider ? ".lined" : ""}`, {}, head), children);
  return el("details.container", { open: !block.default_collapsed }, el("summary", {}, el("div.container-head", {}, head)), children);
}
