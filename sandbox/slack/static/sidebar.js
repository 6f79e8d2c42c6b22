// The left bar: the workspace, its channels and apps, and who is looking.

import { avatar } from "./avatars.js";
import { on } from "./bell.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { go } from "./place.js";
import { menu } from "./popup.js";
import { appName, channelTitle, directWith, here, me, people, rooms, userById } from "./state.js";

export function startSidebar(become) {
  const draw = () => fill(document.getElementById("sidebar"), head(), lists(), foot(become));
  on("state", draw);
  on("place", draw);
}

function head() {
  const { name } = here.workspace.team;
  return el("div.team", {}, el("span.team-sign", { "aria-hidden": "true" }, name.charAt(0)), el("div.words", {}, el("strong", {}, name), el("span.hint", {}, "Local workspace")));
}

function lists() {
  const directs = here.workspace.channels.filter((each) => each.kind === "im" && each.joined && !each.members.some((id) => userById(id)?.app_id));
  return el(
    "div.lists",
    {},
    part("Channels", rooms().map(room)),
    directs.length > 0 && part("Direct messages", directs.map(direct)),
    part("Apps", here.workspace.apps.map(app), "No app is installed."),
  );
}

function part(title, items, none) {
  return el("section.part", { "aria-label": title }, el("h2", {}, title), items.length ? el("ul", {}, items.map((item) => el("li", {}, item))) : none && el("div.note", {}, none));
}

function room(channel) {
  const place = { channel: channel.id };
  return item(place, [icon(channel.kind === "private" ? "lock" : "hash", 16), channel.name], channel.unread, channel.joined ? "" : "outside");
}

function direct(channel) {
  const other = userById(channel.members.find((id) => id !== me().id));
  return item({ channel: channel.id }, [avatar(other, "tiny"), channelTitle(channel)], channel.unread);
}

function app(each) {
  const channel = directWith(each);
  const unread = channel?.unread || 0;
  const tab = here.place?.app === each.id ? here.place.tab : unread ? "messages" : "home";
  return item({ app: each.id, tab }, [avatar(userById(each.user), "tiny"), appName(each)], unread);
}

function item(place, label, unread, more = "") {
  const current = here.place && (here.place.channel ? here.place.channel === place.channel : here.place.app === place.app);
  return el(
    `button.place${unread && !current ? ".unread" : ""}${more ? `.${more}` : ""}`,
    { type: "button", "aria-current": current ? "page" : undefined, click: () => go(place) },
    label.map((each) => (typeof each === "string" ? el("span.name", {}, each) : each)),
    unread > 0 && !current && el("span.count", { "aria-label": `${unread} unread` }, String(unread)),
  );
}

function foot(become) {
  const user = me();
  const entries = people().map((each) => ({
    label: each.real_name,
    hint: `@${each.name}${each.guest ? " · guest" : each.stranger ? " · other company" : ""}`,
    mark: avatar(each, "small"),
    run: () => become(each.name),
  }));
  const open = () => menu(node, "People", [{ heading: "Look as" }, ...entries], { above: true });
  const node = el("button.me", { type: "button", "aria-label": `You are ${user.real_name}; look as somebody else`, "aria-haspopup": "menu", click: open }, avatar(user, "small"), el("span.words", {}, el("strong", {}, user.real_name), el("span.hint", {}, `@${user.name}`)), icon("down", 15));
  return node;
}
