// People, groups and channels as they are named within text.

import { el } from "./dom.js";
import { channelById, groupById, here, me, userById } from "./state.js";
import { go } from "./place.js";

export function person(id, label) {
  const user = userById(id);
  const mine = user && me() && user.id === me().id;
  return el(mine ? "span.mention.mine" : "span.mention", { title: user?.name }, `@${user ? user.real_name || user.name : label || id}`);
}

export function room(id, label) {
  const channel = channelById(id);
  const name = `#${channel ? channel.name : label || id}`;
  if (!channel) return el("span.mention", {}, name);
  return el("a.mention", { href: `#${here.user}/${channel.name}`, click: (event) => (event.preventDefault(), go({ channel: channel.id })) }, name);
}

export function group(id, label) {
  const found = groupById(id);
  const mine = found && me() && found.users.includes(me().id);
  return el(mine ? "span.mention.mine" : "span.mention", {}, `@${found ? found.handle : (label || id).replace(/^@/, "")}`);
}

export function everybody(range) {
  return el("span.mention.mine", {}, `@${range}`);
}
