// The control API, always as the person whose page this is.

import { here } from "./state.js";

export class Refused extends Error {}

export async function get(path, query = {}) {
  const words = new URLSearchParams({ user: here.user, ...query });
  return accepted(await fetch(`control/${path}?${words}`, { cache: "no-store" }));
}

export async function post(path, body = {}) {
  const answer = await fetch(`control/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: here.user, ...body }),
  });
  return accepted(answer);
}

async function accepted(response) {
  const answer = await response.json();
  if (!answer.ok) throw new Refused(answer.hint || answer.error);
  return answer;
}
