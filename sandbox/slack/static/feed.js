// A list of messages that follows what happens: only what changed is drawn anew.

import { coalesced } from "./bell.js";
import { dayTitle, momentOf, sameDay } from "./dates.js";
import { el } from "./dom.js";
import { drawMessage } from "./messages.js";

const GOES_ON_SECONDS = 180;
const NEAR = 80;

export class Feed {
  /** `load()` answers {channel, messages}. */
  constructor(label, load, { within = false, empty = "Nothing here yet." } = {}) {
    this.within = within;
    this.empty = empty;
    this.nodes = new Map();
    this.inner = el("div.feed-inner");
    this.node = el("div.feed", { role: "log", "aria-label": label, tabindex: "0" }, this.inner);
    this.stuck = true;
    this.node.addEventListener("scroll", () => (this.stuck = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR));
    this.watch = new ResizeObserver(() => this.settle());
    this.watch.observe(this.inner);
    this.watch.observe(this.node);
    this.refresh = coalesced(async () => {
      const answer = await load();
      if (answer) this.show(answer.channel, answer.messages);
    });
  }

  close() {
    this.watch.disconnect();
    this.node.remove();
  }

  /** To the newest message, when the reader was there. */
  settle(force = false) {
    if (force) this.stuck = true;
    if (this.stuck) this.node.scrollTop = this.node.scrollHeight;
  }

  show(channel, messages) {
    const kept = new Map();
    const wanted = messages.flatMap((message, index) => {
      const before = messages[index - 1];
      const newDay = !before || !sameDay(momentOf(before.ts), momentOf(message.ts));
      const day = newDay && !this.within ? [this.day(message, kept)] : [];
      return [...day, this.message(message, channel, !newDay && goesOn(before, message), kept)];
    });
    if (this.within && messages.length > 1) wanted.splice(1, 0, this.count(messages.length - 1, kept));
    if (!wanted.length) wanted.push(el("div.empty-feed", {}, this.empty));
    this.nodes = kept;
    place(this.inner, wanted);
    this.settle();
  }

  message(message, channel, compact, kept) {
    const key = `m${message.ts}`;
    const face = JSON.stringify([message, compact]);
    const old = this.nodes.get(key);
    if (old?.face === face) return kept.set(key, old) && old.node;
    const node = drawMessage(message, channel, { compact, within: this.within });
    if (old) refocus(old.node, node);
    kept.set(key, { face, node });
    return node;
  }

  day(message, kept) {
    const title = dayTitle(momentOf(message.ts));
    return this.line(`d${title}`, title, kept);
  }

  count(replies, kept) {
    return this.line("replies", replies === 1 ? "1 reply" : `${replies} replies`, kept);
  }

  line(key, text, kept) {
    const old = this.nodes.get(key);
    const node = old?.face === text ? old.node : el("div.line", { role: "separator", "aria-label": text }, el("span", {}, text));
    kept.set(key, { face: text, node });
    return node;
  }
}

function goesOn(before, message) {
  const near = Number(message.ts) - Number(before.ts) < GOES_ON_SECONDS;
  return near && before.user === message.user && !message.ephemeral && !before.ephemeral && !before.reply_count && !before.blocks && !message.blocks;
}

/** Bring the children into this order and touch only those that are new or moved. */
function place(parent, wanted) {
  const there = new Set(wanted);
  for (const child of [...parent.children]) if (!there.has(child)) child.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
  });
}

/** Give the focus to the same element of the new drawing. */
function refocus(old, fresh) {
  const active = document.activeElement;
  if (!old.contains(active) || !active.dataset.key) return;
  const twin = [...fresh.querySelectorAll("[data-key]")].find((each) => each.dataset.key === active.dataset.key);
  if (twin) queueMicrotask(() => twin.focus({ preventScroll: true }));
}
