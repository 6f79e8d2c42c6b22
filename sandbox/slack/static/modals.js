// The stack of modals: the topmost is shown, filled in, submitted or closed.

import { settled } from "./acting.js";
import { get, post } from "./api.js";
import { coalesced, on } from "./bell.js";
import { drawBlocks } from "./blocks.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { closePopup } from "./popup.js";
import { said } from "./toast.js";

let modal = null;
let before = null;

export function startModals() {
  on("happening", (happening) => ["view", "view_closed"].includes(happening.kind) && refresh());
  on("caught-up", refresh);
}

const refresh = coalesced(async () => {
  const { stack } = await get("views");
  const view = stack[stack.length - 1];
  if (!view) return leave();
  if (modal?.view.id !== view.id || modal.view.hash !== view.hash) show(view, stack.length);
  mark(view.errors);
});

function show(view, depth) {
  const same = modal?.view.id === view.id ? modal : null;
  const carried = same ? written(same) : new Map();
  const focused = same && document.activeElement?.dataset.key;
  closePopup();
  if (!modal) before = document.activeElement;
  const context = { spot: { view_id: view.id }, values: view.state.values, unsent: new Map(), submit: () => submit() };
  const body = el("div.dialog-body", { tabindex: "-1" }, drawBlocks(view.blocks, context));
  carry(body, carried);
  const node = el("div.dialog", { role: "dialog", "aria-modal": "true", "aria-label": view.title.text }, head(view, depth), body, foot(view));
  if (same) (fill(same.veil, node), (modal = { view, context, node, veil: same.veil }));
  else {
    const veil = modal?.veil || el("div.veil", { keydown: keys });
    fill(veil, node);
    if (!veil.isConnected) document.getElementById("layers").append(veil);
    document.getElementById("app").inert = true;
    modal = { view, context, node, veil };
  }
  body.scrollTop = same ? same.node.querySelector(".dialog-body").scrollTop : 0;
  focus(node, focused);
}

function head(view, depth) {
  const back = depth > 1 && el("button.quiet", { type: "button", "aria-label": "Back", title: "Back", click: () => close() }, icon("back", 18));
  const end = el("button.quiet", { type: "button", "aria-label": "Close", title: "Close", click: () => close(true) }, icon("close", 18));
  return el("header.dialog-head", {}, back, el("h2", {}, view.title.text), el("span.stretch"), end);
}

function foot(view) {
  const no = el("button.button", { type: "button", click: () => close() }, view.close?.text || "Cancel");
  const yes = view.submit && el("button.button.primary.submit", { type: "button", click: () => submit() }, view.submit.text);
  return el("footer.dialog-foot", {}, no, yes);
}

async function submit() {
  const { view, node, context } = modal;
  const yes = node.querySelector(".submit");
  if (!yes || yes.disabled) return;
  yes.disabled = true;
  yes.setAttribute("aria-busy", "true");
  closePopup();
  for (const field of context.unsent.values()) field.commit();
  await settled();
  await said(() => post("submit", { view_id: view.id }));
  await refresh();
  yes.removeAttribute("aria-busy");
  yes.disabled = false;
  modal?.node.querySelector("[aria-invalid=true]")?.focus();
}

async function close(all = false) {
  await said(() => post("close", { view_id: modal.view.id, all }));
  await refresh();
}

function leave() {
  if (!modal) return;
  closePopup();
  modal.veil.remove();
  modal = null;
  document.getElementById("app").inert = false;
  if (before?.isConnected) before.focus({ preventScroll: true });
}

/** Say at each field what is wrong with it. */
function mark(errors) {
  for (const field of modal.node.querySelectorAll("[data-block]")) {
    const text = errors[field.dataset.block] || "";
    field.classList.toggle("wrong", Boolean(text));
    const place = field.querySelector(".field-error");
    if (place.textContent !== text) place.textContent = text;
    const control = field.querySelector("input, textarea, [role=combobox], [role=radiogroup], [role=group]");
    control?.setAttribute("aria-invalid", String(Boolean(text)));
  }
}

/** What was typed and not sent yet, by the key of its field. */
function written({ context }) {
  const dirty = [...context.unsent].filter(([, field]) => field.isDirty());
  return new Map(dirty.map(([node]) => [node.dataset.key, node.value]));
}

function carry(body, carried) {
  for (const field of body.querySelectorAll("input.field, textarea.field")) {
    if (carried.has(field.dataset.key)) field.value = carried.get(field.dataset.key);
  }
}

function focus(node, key) {
  const fields = [...node.querySelectorAll("[data-key], textarea, input")];
  const wanted = fields.find((each) => key && each.dataset.key === key) || node.querySelector("[autofocus]") || node.querySelector(".dialog-body input, .dialog-body textarea, .dialog-body [role=combobox]") || node.querySelector(".submit") || node.querySelector("button");
  wanted?.focus({ preventScroll: Boolean(key) });
}

function keys(event) {
  if (event.key === "Escape") {
    event.stopPropagation();
    close();
  }
  if (event.key !== "Tab") return;
  const stops = [...modal.node.querySelectorAll("button, input, textarea, a[href], summary, [tabindex='0']")].filter((each) => !each.disabled && each.offsetParent);
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  stops[event.shiftKey ? stops.length - 1 : 0]?.focus();
}
