// What happens in the workspace, as it happens.

import { ring } from "./bell.js";
import { here } from "./state.js";

let source = null;

export function follow(reload) {
  source?.close();
  source = new EventSource(`control/events?${new URLSearchParams({ user: here.user })}`);
  let known = false;
  const sign = document.getElementById("offline");
  source.addEventListener("error", () => (sign.hidden = false));
  source.addEventListener("open", async () => {
    sign.hidden = true;
    // What happened while nobody listened was missed: look at everything again.
    if (known) await reload();
    known = true;
    ring("caught-up");
  });
  source.addEventListener("message", (event) => {
    const happening = JSON.parse(event.data);
    ring("happening", happening);
    if (!["view", "view_closed", "home", "reaction"].includes(happening.kind)) reload();
  });
}
