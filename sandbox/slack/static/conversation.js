// The main pane: a channel, or an app with its Home and its messages.

import { get, post } from "./api.js";
import { avatar } from "./avatars.js";
import { on } from "./bell.js";
import { composer } from "./composer.js";
import { el, fill } from "./dom.js";
import { Feed } from "./feed.js";
import { drawHome } from "./home.js";
import { icon } from "./icons.js";
import { go } from "./place.js";
import { appById, appName, channelById, currentChannel, directWith, here, userById } from "./state.js";
import { said } from "./toast.js";

let feed = null;
let shown = "";

export function startConversation() {
  on("place", draw);
  on("state", () => face() !== shown && draw());
  on("happening", (happening) => happening.channel && happening.channel === currentChannel()?.id && feed?.refresh());
  on("caught-up", () => feed?.refresh());
}

/** What of the place decides how the pane is built. */
function face() {
  const channel = currentChannel();
  return JSON.stringify([here.user, here.place, channel?.id, channel?.name, channel?.archived, channel?.joined, channel?.members.length, here.workspace.apps.length]);
}

function draw() {
  shown = face();
  feed?.close();
  feed = null;
  const main = document.getElementById("main");
  if (!here.place) fill(main, el("div.empty-feed", {}, "You are in no channel yet."));
  else if (here.place.app) drawApp(main, appById(here.place.app));
  else drawChannel(main, channelById(here.place.channel));
}

function drawChannel(main, channel) {
  const title = el("h1", {}, icon(channel.kind === "private" ? "lock" : "hash", 19), channel.name);
  const people = el("span.pill", { title: channel.members.map((id) => userById(id)?.real_name).join(", ") }, icon("people", 15), `${channel.members.length} members`);
  const head = el("header.pane-head", {}, title, channel.shared && el("span.badge.guest", {}, "SHARED"), people);
  fill(main, head, newFeed(`Messages in #${channel.name}`, channel.id, `This is the beginning of #${channel.name}.`).node, foot(channel));
  feed.refresh();
}

function foot(channel) {
  if (channel.archived) return el("div.closed", {}, `#${channel.name} is archived.`);
  if (channel.joined) return writer(`Message #${channel.name}`, (text) => post("say", { channel: channel.id, text }), channel.id);
  const join = () => said(() => post("channels", { invite: channel.id }));
  return el("div.closed", {}, `You are looking at #${channel.name}.`, el("button.button.primary", { type: "button", click: join }, "Join"));
}

function drawApp(main, app) {
  const name = appName(app);
  const tab = (id, label) => el("button.tab", { type: "button", role: "tab", "aria-selected": String(here.place.tab === id), click: () => go({ app: app.id, tab: id }) }, label);
  const head = el("header.pane-head.app-head", {}, el("h1", {}, avatar(userById(app.user), "small"), name, el("span.badge", {}, "APP")), el("div.tabs", { role: "tablist", "aria-label": name }, tab("home", "Home"), tab("messages", "Messages")));
  if (here.place.tab === "home") return drawHome(main, head, app);
  said(() => post("home", { app: app.id, tab: "messages" }));
  const direct = directWith(app);
  const empty = `Write to ${name}: what you say here, only the two of you see.`;
  const list = newFeed(`Messages with ${name}`, direct?.id, empty);
  fill(main, head, list.node, writer(`Message ${name}`, (text) => post("direct", { app: app.id, text }), direct?.id));
  feed.refresh();
}

function newFeed(label, channel, empty) {
  feed = new Feed(label, () => (channel ? get("messages", { channel }) : { channel, messages: [] }), { empty });
  return feed;
}

function writer(label, say, channel) {
  return composer(label, async (text) => {
    if (!text.startsWith("/")) await say(text);
    else if (!channel) throw new Error("Write a message first: this conversation has not begun.");
    else await command(channel, text);
    feed?.settle(true);
    feed?.refresh();
  });
}

async function command(channel, text) {
  const answer = await post("command", { channel, text });
  if (answer.error) throw new Error(answer.shown || answer.error);
}
