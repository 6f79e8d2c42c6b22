// One message: who, when, what, and what can be done with it.

import { post } from "./api.js";
import { attachment } from "./attachments.js";
import { avatar } from "./avatars.js";
import { drawBlocks } from "./blocks.js";
import { ago, clock, momentOf, whole } from "./dates.js";
import { el } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { drawFile } from "./files.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { openThread } from "./place.js";
import { menu, popup, closePopup } from "./popup.js";
import { here, me, nameOf, userById } from "./state.js";
import { said } from "./toast.js";

const QUICK = ["+1", "white_check_mark", "eyes", "tada", "heart", "rocket", "fire", "pray", "thinking_face", "warning", "x", "clap"];
const CARD = ["header", "actions", "table", "data_table", "data_visualization", "image", "input", "plan", "card", "carousel", "container"];

/** `compact`: the same person goes on; `within`: the message stands in its thread. */
export function drawMessage(message, channel, { compact = false, within = false } = {}) {
  const user = userById(message.user);
  const at = momentOf(message.ts);
  const name = user?.real_name || message.bot_profile?.name || message.user;
  const time = el("time.time", { datetime: at.toISOString(), title: whole(at) }, clock(at));
  return el(
    `article.message${compact ? ".compact" : ""}${message.ephemeral ? ".ephemeral" : ""}`,
    { "aria-label": `${name}, ${clock(at)}`, "data-ts": message.ts },
    el("div.gutter", {}, compact ? time : avatar(user)),
    el(
      "div.body",
      {},
      message.ephemeral && el("div.only-you", {}, icon("eye", 14), "Only visible to you"),
      !compact && el("div.byline", {}, el("span.author", {}, name), user?.app_id && el("span.badge", {}, "APP"), user?.guest && el("span.badge.guest", {}, "GUEST"), user?.stranger && el("span.badge.guest", {}, "EXTERNAL"), time),
      content(message, channel, user),
      (message.files || []).map(drawFile),
      reactions(message, channel),
      !within && message.reply_count > 0 && replies(message),
      within && message.broadcast && el("div.hint", {}, "Also sent to the channel"),
    ),
    !message.ephemeral && tools(message, channel, within),
  );
}

function content(message, channel, user) {
  const context = { spot: { channel, ts: message.ts } };
  const edited = message.edited && el("span.edited", { title: `Edited ${ago(momentOf(message.edited.ts))}` }, "(edited)");
  const attached = (message.attachments || []).map((each) => attachment(each, context));
  if (message.blocks?.length) {
    const blocks = drawBlocks(message.blocks, context);
    const isCard = user?.app_id && message.blocks.some((each) => CARD.includes(each.type) || each.fields);
    if (isCard) blocks.classList.add("panel");
    return [blocks, edited, attached, caret(message)];
  }
  return [message.text && el("div.mrkdwn.words-of-message", {}, mrkdwn(message.text), edited && " ", edited), attached, caret(message)];
}

function caret(message) {
  return message.stream?.open && el("span.caret", { role: "img", "aria-label": "still writing" });
}

function reactions(message, channel) {
  if (!message.reactions?.length) return null;
  const chip = (each) => {
    const mine = each.users.includes(me().id);
    return el(
      "button.reaction",
      { type: "button", "aria-pressed": String(mine), "aria-label": `${each.name}, ${each.count}`, title: each.users.map(nameOf).join(", "), click: () => react(message, channel, each.name) },
      emojiOf(each.name) || `:${each.name}:`,
      el("span", {}, String(each.count)),
    );
  };
  return el("div.reactions", {}, message.reactions.map(chip));
}

function replies(message) {
  const count = message.reply_count;
  return el(
    "button.replies",
    { type: "button", click: () => openThread(message.ts) },
    (message.reply_users || []).slice(0, 3).map((id) => avatar(userById(id), "tiny")),
    el("strong", {}, count === 1 ? "1 reply" : `${count} replies`),
    el("span.hint", {}, `Last reply ${ago(momentOf(message.latest_reply))}`),
  );
}

function tools(message, channel, within) {
  const smile = el("button.quiet", { type: "button", "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "menu", click: () => chooseReaction(smile, message, channel) }, icon("smile", 18));
  const reply = !within && el("button.quiet", { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", click: () => openThread(message.thread_ts || message.ts) }, icon("reply", 18));
  const more = el("button.quiet", { type: "button", "aria-label": "More actions", title: "More actions", "aria-haspopup": "menu", click: () => act(more, message, channel) }, icon("more", 18));
  return el("div.tools", { role: "toolbar", "aria-label": "Message actions" }, smile, reply, more);
}

function chooseReaction(anchor, message, channel) {
  const pick = (name) => () => (closePopup(), react(message, channel, name));
  popup(anchor, el("div.reaction-menu", { role: "menu", "aria-label": "Reactions" }, QUICK.map((name) => el("button.quiet", { type: "button", role: "menuitem", "aria-label": name, title: `:${name}:`, click: pick(name) }, emojiOf(name)))));
}

function act(anchor, message, channel) {
  const apps = here.workspace.apps;
  const shortcuts = here.workspace.shortcuts.filter((each) => each.type === "message");
  const entries = shortcuts.map((each) => ({
    label: each.name,
    hint: each.description,
    mark: icon("bolt"),
    run: () => said(() => post("shortcut", { callback_id: each.callback_id, channel, ts: message.ts })),
  }));
  const heading = { heading: `Shortcuts of ${apps.map((each) => each.name).join(", ")}` };
  const copy = { label: "Copy text", mark: icon("file"), run: () => navigator.clipboard?.writeText(message.text) };
  menu(anchor, "Message actions", [copy, ...(entries.length ? [heading, ...entries] : [])]);
}

function react(message, channel, name) {
  return said(() => post("react", { channel, ts: message.ts, name }));
}
