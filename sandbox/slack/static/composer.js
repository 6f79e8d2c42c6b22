// Where a person writes: messages, commands, and the door to shortcuts.

import { post } from "./api.js";
import { avatar } from "./avatars.js";
import { completions } from "./completion.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./popup.js";
import { here } from "./state.js";
import { said } from "./toast.js";

const TALLEST = 180;
let numbers = 0;

/** `send(text)` says a message or runs a command; it answers whether the text was taken. */
export function composer(label, send, { shortcuts = true } = {}) {
  const id = `completion-${++numbers}`;
  const list = el("div.completion", { role: "listbox", id, "aria-label": "Completions", hidden: true });
  const field = el("textarea.write", { rows: "1", placeholder: label, "aria-label": label, "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false", spellcheck: "true" });
  const trouble = el("div.trouble", { role: "alert", hidden: true });
  const go = el("button.send", { type: "button", "aria-label": "Send", title: "Send", disabled: true, click: () => submit() }, icon("send", 18));
  let offered = { from: 0, options: [] };
  let marked = 0;

  function look() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, TALLEST)}px`;
    go.disabled = !field.value.trim();
    trouble.hidden = true;
    offered = completions(field.value.slice(0, field.selectionStart), { commands: shortcuts });
    marked = 0;
    show();
  }

  function show() {
    const open = offered.options.length > 0;
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    fill(list, offered.options.map((each, index) => row(each, index)));
    if (open) field.setAttribute("aria-activedescendant", `${id}-${marked}`);
    else field.removeAttribute("aria-activedescendant");
  }

  function row(each, index) {
    const pick = (event) => (event.preventDefault(), take(index));
    return el("div.option", { id: `${id}-${index}`, role: "option", "aria-selected": String(index === marked), mousedown: pick }, each.user ? avatar(each.user, "tiny") : el("span.mark", { "aria-hidden": "true" }, each.mark), el("strong", {}, each.label), each.hint && el("span.hint", {}, each.hint));
  }

  function take(index) {
    const at = field.selectionStart;
    field.setRangeText(offered.options[index].insert, offered.from, at, "end");
    field.focus();
    look();
  }

  const hide = () => ((offered = { from: 0, options: [] }), show());

  async function submit() {
    const text = field.value.trim();
    if (!text || field.getAttribute("aria-busy")) return;
    hide();
    field.setAttribute("aria-busy", "true");
    go.disabled = true;
    try {
      await send(text);
      field.value = "";
      look();
    } catch (error) {
      fill(trouble, error.message || "The workspace does not answer.");
      trouble.hidden = false;
      go.disabled = false;
    } finally {
      field.removeAttribute("aria-busy");
    }
  }

  function keys(event) {
    if (event.isComposing) return;
    const open = offered.options.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (open && step) {
      event.preventDefault();
      marked = (marked + step + offered.options.length) % offered.options.length;
      show();
    } else if (open && event.key === "Tab") {
      event.preventDefault();
      take(marked);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      hide();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && unfinished()) take(marked);
      else submit();
    }
  }

  /** Enter takes a completion of a name, but sends a command that may end here. */
  function unfinished() {
    return !field.value.startsWith("/") || !field.value.includes(" ");
  }

  field.addEventListener("input", look);
  field.addEventListener("keydown", keys);
  field.addEventListener("blur", hide);
  const bolt = shortcuts && el("button.quiet", { type: "button", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", click: () => openShortcuts(bolt) }, icon("bolt", 18));
  return el("div.composer", {}, list, trouble, el("div.writing", {}, bolt, field, go));
}

function openShortcuts(anchor) {
  const found = here.workspace.shortcuts.filter((each) => each.type === "global");
  const entries = found.map((each) => ({ label: each.name, hint: each.description, mark: icon("bolt"), run: () => said(() => post("shortcut", { callback_id: each.callback_id })) }));
  menu(anchor, "Shortcuts", entries.length ? entries : [{ heading: "No app offers a shortcut." }], { above: true });
}
