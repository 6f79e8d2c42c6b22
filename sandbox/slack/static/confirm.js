// The question before an element acts.

import { el } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Ask as a Block Kit confirm object says; answers whether the person agreed. */
export function confirmed(confirm) {
  return new Promise((answer) => {
    const before = document.activeElement;
    const end = (agreed) => {
      veil.remove();
      before?.focus?.();
      answer(agreed);
    };
    const yes = el(`button.button.${confirm.style === "danger" ? "danger" : "primary"}`, { type: "button", click: () => end(true) }, confirm.confirm.text);
    const no = el("button.button", { type: "button", click: () => end(false) }, confirm.deny.text);
    const box = el(
      "div.dialog.small",
      { role: "alertdialog", "aria-modal": "true", "aria-label": confirm.title.text },
      el("h2", {}, confirm.title.text),
      el("div.dialog-body", {}, textObject(confirm.text)),
      el("div.dialog-foot", {}, no, yes),
    );
    const keys = (event) => {
      if (event.key === "Escape") (event.stopPropagation(), end(false));
      if (event.key === "Tab") (event.preventDefault(), (document.activeElement === yes ? no : yes).focus());
    };
    const veil = el("div.veil", { keydown: keys }, box);
    document.getElementById("layers").append(veil);
    yes.focus();
  });
}
