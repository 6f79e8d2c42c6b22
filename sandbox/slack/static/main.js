// The page comes together here.

import { get } from "./api.js";
import { coalesced, ring } from "./bell.js";
import { startConversation } from "./conversation.js";
import { startHome } from "./home.js";
import { follow } from "./live.js";
import { startModals } from "./modals.js";
import { go, placeInAddress, userInAddress } from "./place.js";
import { startSidebar } from "./sidebar.js";
import { here } from "./state.js";
import { startThread } from "./thread.js";
import { toast } from "./toast.js";

const PAUSE = 60;

const reload = coalesced(async () => {
  here.workspace = await get("state");
  document.title = `${here.workspace.team.name} · ${here.workspace.me.real_name}`;
  ring("state");
}, PAUSE);

async function become(name) {
  here.user = name;
  localStorage.setItem("workspace.user", name);
  await enter();
}

async function enter() {
  here.workspace = await get("state");
  const [place, thread] = placeInAddress();
  here.place = null;
  ring("state");
  go(place, thread);
  follow(reload);
}

async function start() {
  startSidebar((name) => become(name).catch((error) => toast(error.message)));
  startConversation();
  startThread();
  startHome();
  startModals();
  here.user = userInAddress() || localStorage.getItem("workspace.user") || here.user;
  try {
    await enter();
  } catch {
    await become("ana");
  }
  window.addEventListener("hashchange", () => {
    if (userInAddress() && userInAddress() !== here.user) become(userInAddress());
    else go(...placeInAddress());
  });
}

start();
