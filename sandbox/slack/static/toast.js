// Short notes at the edge of the page: what went wrong, in words.

import { el } from "./dom.js";
import { icon } from "./icons.js";

const SECONDS = 8;

export function toast(text, { wrong = true } = {}) {
  const close = () => note.remove();
  const note = el(
    wrong ? "div.toast.wrong" : "div.toast",
    { role: wrong ? "alert" : "status" },
    el("span", {}, text),
    el("button.quiet", { type: "button", "aria-label": "Dismiss", click: close }, icon("close", 14)),
  );
  document.getElementById("toasts").append(note);
  setTimeout(close, SECONDS * 1000);
}

/** Run it; what is refused is said to the person. Answers undefined then. */
export async function said(run) {
  try {
    const answer = await run();
    if (answer?.error && answer.shown) toast(answer.shown);
    return answer;
  } catch (error) {
    toast(error.message || "The workspace does not answer.");
    return undefined;
  }
}
