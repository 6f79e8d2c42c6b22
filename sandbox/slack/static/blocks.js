// Block Kit, block by block.

import { alert, card, carousel, container, plan, taskCard } from "./cards.js";
import { chart } from "./charts.js";
import { el } from "./dom.js";
import { drawElement } from "./elements.js";
import { anchor, isSafe } from "./links.js";
import { markdown } from "./markdown.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";
import { dataTable, table } from "./tables.js";

let numbers = 0;

const KINDS = {
  header: (block) => el("h3.header", {}, textObject(block.text, "span")),
  section,
  context: (block) => el("div.context", {}, block.elements.map((each) => (each.type === "image" ? image(each) : textObject(each, "span")))),
  actions: (block, context) => el("div.actions", {}, block.elements.map((each) => drawElement(each, block, context))),
  context_actions: (block, context) => el("div.actions.slight", {}, block.elements.map((each) => drawElement(each, block, context))),
  divider: () => el("hr"),
  image: (block) => el("figure.picture", {}, block.title && el("figcaption", {}, textObject(block.title, "span")), image(block)),
  input,
  rich_text: richText,
  markdown: (block) => markdown(block.text),
  table,
  data_table: dataTable,
  data_visualization: chart,
  task_card: taskCard,
  plan,
  alert,
  card,
  carousel,
  container,
  video: (block) => el("div.picture", {}, anchor(block.title_url || block.video_url, `▶ ${block.title.text}`)),
};

/** `context` is {spot, values?, unsent?, submit?}: where the blocks are and what is filled in. */
export function drawBlocks(blocks, context) {
  return el("div.blocks", {}, blocks.map((block) => drawBlock(block, context)));
}

export function drawBlock(block, context) {
  const draw = KINDS[block.type];
  if (!draw) return el("div.note", {}, `(a block of the kind ${block.type})`);
  try {
    return draw(block, context);
  } catch (error) {
    console.error("A block could not be drawn", block, error);
    return el("div.note", {}, `(this ${block.type} could not be drawn)`);
  }
}

/** A picture of this workspace; those from elsewhere are named, not fetched. */
export function image(given) {
  const file = given.slack_file?.id || given.slack_file?.url?.match(/\/files\/(\w+)/)?.[1] || given.image_url?.match(/\/files\/(F\w+)/)?.[1];
  if (file) return el("img", { src: `files/${encodeURIComponent(file)}`, alt: given.alt_text, title: given.alt_text });
  const named = el("span.no-picture", { role: "img", "aria-label": given.alt_text }, `🖼️ ${given.alt_text}`);
  return given.image_url && isSafe(given.image_url) ? anchor(given.image_url, named) : named;
}

function section(block, context) {
  const side = block.accessory && (block.accessory.type === "image" ? el("div.thumb", {}, image(block.accessory)) : drawElement(block.accessory, block, context, spoken(block.text)));
  return el(
    "div.section",
    {},
    el("div.section-body", {}, block.text && textObject(block.text), block.fields && el("div.fields", {}, block.fields.map((each) => textObject(each)))),
    side && el("div.accessory", {}, side),
  );
}

/** What a section says, as the name of the menu beside it. */
function spoken(text) {
  return text?.text.split("\n")[0].replace(/[*_~`]/g, "");
}

function input(block, context) {
  const id = `field-${++numbers}`;
  const { element } = block;
  const label = block.label.text;
  const described = `${id}-hint ${id}-error`;
  const attributes = { id, "aria-describedby": described, "aria-required": block.optional ? undefined : "true" };
  return el(
    "div.input",
    { "data-block": block.block_id },
    el("label.label", { for: id }, textObject(block.label, "span"), block.optional && el("span.hint", {}, " (optional)")),
    drawElement(element, block, context, label, attributes),
    el("div.field-error", { id: `${id}-error`, "aria-live": "assertive" }),
    block.hint && el("div.hint", { id: `${id}-hint` }, textObject(block.hint, "span")),
  );
}
