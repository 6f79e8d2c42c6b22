// Elements that are typed into, ticked, or picked from a calendar.

import { remembered, use } from "./acting.js";
import { el } from "./dom.js";
import { textObject } from "./mrkdwn.js";

const TYPED = { plain_text_input: "text", number_input: "decimal", email_text_input: "email", url_text_input: "url" };
const DATES = { datepicker: ["date", "date"], timepicker: ["time", "time"], datetimepicker: ["datetime-local", "date_time"] };
const PAUSE = 300;

let numbers = 0;

export const isTyped = (type) => type in TYPED || type === "rich_text_input";
export const isDate = (type) => type in DATES;
export const isTicked = (type) => type === "checkboxes" || type === "radio_buttons";

export function typedInput(element, block, context, attributes) {
  const rich = element.type === "rich_text_input";
  const long = rich || element.multiline;
  const given = context.values?.[block.block_id]?.[element.action_id];
  const written = rich ? plainOf(given?.rich_text_value) : (given?.value ?? element.initial_value ?? "");
  const mode = TYPED[element.type];
  const node = el(long ? "textarea.field" : "input.field", {
    ...attributes,
    ...(long ? { rows: rich ? element.min_lines || 4 : 4 } : { type: "text", inputmode: mode === "text" ? undefined : mode, autocomplete: "off" }),
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    "data-key": [block.block_id, element.action_id].join("/"),
    autofocus: element.focus_on_load,
  });
  node.value = written;
  commits(node, element, block, context, rich);
  return node;
}

export function dateInput(element, block, context, attributes) {
  const [type, name] = DATES[element.type];
  const given = context.values?.[block.block_id]?.[element.action_id]?.[`selected_${name}`] ?? remembered(context, block, element) ?? element[`initial_${name}`] ?? "";
  const local = name === "date_time";
  const node = el("input.field.date", { ...attributes, type, "data-key": [block.block_id, element.action_id].join("/") });
  node.value = local && given ? localOf(Number(given)) : given;
  node.addEventListener("change", () => use(context, block, element, local && node.value ? Math.floor(new Date(node.value).getTime() / 1000) : node.value));
  return node;
}

export function ticks(element, block, context, label, described) {
  const several = element.type === "checkboxes";
  const key = several ? "selected_options" : "selected_option";
  const before = context.values?.[block.block_id]?.[element.action_id]?.[key] ?? remembered(context, block, element) ?? element[several ? "initial_options" : "initial_option"];
  const picked = [before].flat().filter(Boolean).map((each) => each.value ?? each);
  const group = `ticks-${++numbers}`;
  const send = () => {
    const values = [...node.querySelectorAll("input:checked")].map((each) => each.value);
    return use(context, block, element, several ? values : (values[0] ?? null));
  };
  const row = (option) => {
    const box = el("input", { type: several ? "checkbox" : "radio", name: group, value: option.value, checked: picked.includes(option.value), change: send, "data-key": [block.block_id, element.action_id, option.value].join("/") });
    return el("label.tick", {}, box, el("span.words", {}, textObject(option.text, "span"), option.description && el("span.hint", {}, textObject(option.description, "span"))));
  };
  const node = el("div.ticks", { role: several ? "group" : "radiogroup", "aria-label": label, "aria-describedby": described }, element.options.map(row));
  return node;
}

export function fileInput(attributes) {
  return el("div.note", { id: attributes.id }, "Files cannot be chosen in this workspace.");
}

function commits(node, element, block, context, rich) {
  const when = element.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"];
  const dispatches = Boolean(block.dispatch_action);
  let sent = node.value;
  let timer = 0;
  const commit = () => {
    clearTimeout(timer);
    if (node.value === sent) return undefined;
    sent = node.value;
    return use(context, block, element, rich ? richOf(node.value) : node.value);
  };
  context.unsent?.set(node, { commit, isDirty: () => node.value !== sent });
  node.addEventListener("input", () => {
    clearTimeout(timer);
    if (dispatches && when.includes("on_character_entered")) timer = setTimeout(commit, PAUSE);
  });
  node.addEventListener("change", () => !dispatches && commit());
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const sends = event.ctrlKey || event.metaKey || node.tagName === "INPUT";
    if (!sends) return;
    event.preventDefault();
    if (dispatches && when.includes("on_enter_pressed")) commit();
    else context.submit?.();
  });
}

function richOf(text) {
  return text && { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] };
}

function plainOf(value) {
  if (!value) return "";
  if (value.type === "text") return value.text;
  return (value.elements || []).map(plainOf).join(value.type === "rich_text" ? "\n" : "");
}

function localOf(seconds) {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
