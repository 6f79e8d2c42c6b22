// The pane at the right: a thread, and where to reply.

import { get, post } from "./api.js";
import { on } from "./bell.js";
import { composer } from "./composer.js";
import { el, fill } from "./dom.js";
import { Feed } from "./feed.js";
import { icon } from "./icons.js";
import { openThread } from "./place.js";
import { channelTitle, currentChannel, here } from "./state.js";

let feed = null;
let shown = "";

export function startThread() {
  on("thread", draw);
  on("state", draw);
  on("happening", (happening) => feed && happening.channel === currentChannel()?.id && feed.refresh());
  on("caught-up", () => feed?.refresh());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && here.thread && !document.querySelector(".veil")) openThread(null);
  });
}

function draw() {
  const channel = currentChannel();
  const face = here.thread && channel ? `${here.user} ${channel.id} ${here.thread}` : "";
  if (face === shown) return;
  shown = face;
  feed?.close();
  feed = null;
  const pane = document.getElementById("thread");
  pane.hidden = !face;
  if (!face) return fill(pane);
  const ts = here.thread;
  feed = new Feed("Thread", () => get("messages", { channel: channel.id, thread_ts: ts }), { within: true });
  const close = el("button.quiet", { type: "button", "aria-label": "Close thread", title: "Close", click: () => openThread(null) }, icon("close", 18));
  const head = el("header.pane-head", {}, el("h2", {}, "Thread"), el("span.hint", {}, channelTitle(channel)), el("span.stretch"), close);
  const reply = composer("Reply in thread", (text) => answer(channel, ts, text), { shortcuts: false });
  fill(pane, head, feed.node, reply);
  feed.refresh();
}

async function answer(channel, thread_ts, text) {
  if (text.startsWith("/")) {
    const told = await post("command", { channel: channel.id, text, thread_ts });
    if (told.error) throw new Error(told.shown || told.error);
  } else await post("say", { channel: channel.id, text, thread_ts });
  feed?.settle(true);
  feed?.refresh();
}
