// Where the person is, kept in the address: #ana/ops, #ana/ops/1700.1, #ana/@workflows/home.

import { ring } from "./bell.js";
import { appById, appName, channelById, here, rooms } from "./state.js";

/** Go to {channel: id} or {app: id, tab}, with a thread open or none. */
export function go(place, thread = null) {
  const moved = JSON.stringify(place) !== JSON.stringify(here.place);
  here.place = place;
  here.thread = thread;
  history.replaceState(null, "", `#${written()}`);
  if (moved) ring("place");
  ring("thread");
}

export function openThread(ts) {
  go(here.place, ts);
}

export const userInAddress = () => decodeURIComponent(location.hash.slice(1).split("/")[0]);

/** What the address says, else the first channel. */
export function placeInAddress() {
  const [, name, last] = location.hash.slice(1).split("/").map(decodeURIComponent);
  if (name?.startsWith("@")) {
    const app = here.workspace.apps.find((each) => handle(each) === name);
    if (app) return [{ app: app.id, tab: last === "messages" ? "messages" : "home" }, null];
  }
  const channels = here.workspace.channels;
  const channel = channels.find((each) => each.name === name) || rooms().find((each) => each.joined) || rooms()[0];
  return [channel ? { channel: channel.id } : null, channel?.name === name ? last || null : null];
}

function written() {
  const { place, thread, user } = here;
  const parts = [user];
  if (place?.channel) parts.push(channelById(place.channel)?.name || place.channel);
  if (place?.app) parts.push(handle(appById(place.app)), place.tab);
  if (thread && place?.channel) parts.push(thread);
  return parts.map(encodeURIComponent).join("/").replace("%40", "@");
}

function handle(app) {
  return `@${appName(app).toLowerCase().replace(/\s+/g, "-")}`;
}
