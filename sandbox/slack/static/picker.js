// A box whose options are listed below it when it is opened, with a search in them.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { popup } from "./popup.js";

let numbers = 0;

/** `offer(typed)` answers groups of options; `choose(options)` hears what was picked. */
export function picker({ label, placeholder, chosen = [], several = false, most = 0, offer, choose, waits = 0, clears = false, key, described }) {
  let picked = chosen;
  let changed = false;
  const id = `options-${++numbers}`;
  const face = el("span.picked");
  const node = el(
    "button.picker",
    { type: "button", role: "combobox", "aria-label": label, "aria-haspopup": "listbox", "aria-controls": id, "aria-expanded": "false", "aria-describedby": described, "data-key": key, click: () => open(), keydown: (event) => event.key === "ArrowDown" && (event.preventDefault(), open()) },
    face,
    icon("down", 14),
  );
  const show = () => fill(face, picked.length ? picked.map((each) => el(several ? "span.chip" : "span", {}, each.label)) : el("span.empty", {}, placeholder || "Choose"));
  show();
  const done = () => {
    if (changed) choose(picked);
    changed = false;
  };

  function open() {
    const list = el("div.options", { role: "listbox", id, "aria-label": label, "aria-multiselectable": String(several) });
    const search = el("input.search", { type: "text", role: "searchbox", "aria-label": `Search ${label || "options"}`, placeholder: waits ? "Type to search" : "Search", autocomplete: "off" });
    const close = popup(node, el("div.picking", { keydown: (event) => walk(event, list) }, search, list), { wide: true, closed: done });
    let round = 0;
    const look = async () => {
      const mine = ++round;
      if (search.value.length < waits) return fill(list, note(`Type at least ${waits} characters.`));
      const groups = await offer(search.value);
      if (mine === round) fill(list, listed(groups, close, list));
    };
    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, waits ? 200 : 0);
    });
    look();
    search.focus();
  }

  function listed(groups, close, list) {
    const rows = groups.flatMap((group) => [group.label && el("div.heading", { role: "presentation" }, group.label), ...group.options.map((option) => row(option, close, list))]);
    if (clears && picked.length && !several) rows.unshift(row({ label: "Clear the choice", none: true }, close, list));
    return rows.some((each) => each) ? rows : note("Nothing found.");
  }

  function row(option, close, list) {
    const is = picked.some((each) => each.value === option.value && !option.none);
    const pick = () => {
      changed = true;
      if (several) {
        if (is) picked = picked.filter((each) => each.value !== option.value);
        else if (!most || picked.length < most) picked = [...picked, option];
        show();
        list.parentElement.querySelector("input").dispatchEvent(new Event("input"));
        return;
      }
      picked = option.none ? [] : [option];
      show();
      close();
      node.focus();
    };
    return el(
      `div.option${option.none ? ".none" : ""}`,
      { role: "option", tabindex: "-1", "aria-selected": String(is), click: pick, keydown: (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), pick()) },
      el("span.words", {}, el("span", {}, option.label), option.description && el("span.hint", {}, option.description)),
      is && icon("check", 15),
    );
  }

  return node;
}

function note(text) {
  return el("div.note", {}, text);
}

function walk(event, list) {
  const rows = [...list.querySelectorAll("[role=option]")];
  const at = rows.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) (event.preventDefault(), rows[(at + step + rows.length) % rows.length]?.focus());
  else if (event.key === "Enter" && at < 0 && rows.length) (event.preventDefault(), rows[0].click());
}
