// Elements that are pressed: buttons, overflow menus, feedback and icon buttons.

import { use } from "./acting.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { isSafe } from "./links.js";
import { textObject, withEmoji } from "./mrkdwn.js";
import { menu } from "./popup.js";

export function button(element, block, context) {
  const style = element.style ? `.${element.style}` : "";
  const press = async () => {
    const sent = await busily(node, () => use(context, block, element, element.value));
    if (sent && element.url) follow(element.url);
  };
  const node = el(`button.button${style}`, named(element, block, press), textObject(element.text, "span"));
  if (element.url) node.append(el("span.away", { "aria-hidden": "true" }, "↗"));
  return node;
}

export function workflowButton(element, block) {
  return el("button.button", { ...named(element, block, () => {}), disabled: true, title: "Workflow links lead out of this workspace" }, textObject(element.text, "span"));
}

export function overflow(element, block, context) {
  const pick = async (option) => {
    const sent = await busily(node, () => use(context, block, element, option.value));
    if (sent && option.url) follow(option.url);
  };
  const entries = element.options.map((option) => ({
    label: withEmoji(option.text.text),
    hint: option.description?.text,
    run: () => pick(option),
  }));
  const open = () => menu(node, "More", entries);
  const node = el("button.button.only-icon", { ...named(element, block, open), "aria-label": "More", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("more", 18));
  return node;
}

export function feedback(element, block, context) {
  const sides = [["👍", element.positive_button], ["👎", element.negative_button]];
  const mark = (node) => node.parentElement.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each === node)));
  return el(
    "span.feedback",
    { role: "group", "aria-label": "Feedback" },
    sides.map(([sign, side]) => {
      const label = side.accessibility_label || side.text.text;
      const node = el("button.button.only-icon", { type: "button", title: side.text.text, "aria-label": label, "aria-pressed": "false", click: async () => (await use(context, block, element, side.value)) && mark(node) }, sign);
      return node;
    }),
  );
}

export function iconButton(element, block, context) {
  const press = () => busily(node, () => use(context, block, element, element.value));
  const node = el("button.button.only-icon", { ...named(element, block, press), title: element.text.text, "aria-label": element.accessibility_label || element.text.text }, icon("trash"));
  return node;
}

function named(element, block, click) {
  return {
    type: "button",
    click,
    "aria-label": element.accessibility_label,
    "data-key": [block.block_id, element.action_id, element.value].join("/"),
  };
}

async function busily(node, run) {
  if (node.getAttribute("aria-busy") === "true") return false;
  node.setAttribute("aria-busy", "true");
  try {
    return await run();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function follow(url) {
  if (isSafe(url)) window.open(url, "_blank", "noopener");
}
