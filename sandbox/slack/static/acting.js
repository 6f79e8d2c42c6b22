// Using an element: asked for confirmation, sent, and remembered where nothing else shows it.

import { post } from "./api.js";
import { confirmed } from "./confirm.js";
import { said } from "./toast.js";

const picked = new Map();
let last = Promise.resolve();

/** What a person picked in a message before; the workspace keeps it, but does not show it. */
export function remembered(context, block, element) {
  return picked.get(name(context, block, element));
}

/** Press or pick; answers whether it was sent and taken. `choice` is left out for buttons. */
export async function use(context, block, element, choice) {
  if (element.confirm && !(await confirmed(element.confirm))) return false;
  const body = { ...context.spot, action_id: element.action_id, block_id: block.block_id || "" };
  if (choice !== undefined) body.value = choice;
  const sent = last.then(() => said(() => post("click", body)));
  last = sent.catch(() => undefined);
  const answer = await sent;
  if (answer && choice !== undefined) picked.set(name(context, block, element), choice);
  return Boolean(answer) && !answer.error;
}

/** When everything that was picked so far has been sent. */
export const settled = () => last;

function name(context, block, element) {
  return [JSON.stringify(context.spot), block.block_id, element.action_id].join("\n");
}
