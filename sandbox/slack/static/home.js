// The Home tab of an app.

import { get, post } from "./api.js";
import { on, coalesced } from "./bell.js";
import { drawBlocks } from "./blocks.js";
import { el, fill } from "./dom.js";
import { here } from "./state.js";
import { said } from "./toast.js";

let shown = "";
let frame = null;

export function startHome() {
  on("happening", (happening) => happening.kind === "home" && isOpen() && refresh());
  on("caught-up", () => isOpen() && refresh());
}

export function drawHome(main, head, app) {
  shown = "";
  frame = el("div.home", { role: "tabpanel", "aria-label": "Home", tabindex: "0" }, el("div.empty-feed", {}, "…"));
  fill(main, head, frame);
  said(() => post("home", { app: app.id, tab: "home" })).then(refresh);
}

function isOpen() {
  return here.place?.tab === "home" && frame?.isConnected;
}

const refresh = coalesced(async () => {
  if (!isOpen()) return;
  const { home } = await get("views", { app: here.place.app });
  if (!isOpen()) return;
  if (!home) return fill(frame, el("div.empty-feed", {}, "This app has not published its Home yet."));
  if (home.id + home.hash === shown) return;
  shown = home.id + home.hash;
  const context = { spot: { view_id: home.id }, values: home.state.values, unsent: new Map() };
  const top = frame.scrollTop;
  fill(frame, el("div.home-inner", {}, drawBlocks(home.blocks, context)));
  frame.scrollTop = top;
});
