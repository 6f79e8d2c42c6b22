// An interactive element, whatever its kind.

import { button, feedback, iconButton, overflow, workflowButton } from "./buttons.js";
import { el } from "./dom.js";
import { dateInput, fileInput, isDate, isTicked, isTyped, ticks, typedInput } from "./inputs.js";
import { isSelect, select } from "./selects.js";
import { me } from "./state.js";

const PRESSED = { button, workflow_button: workflowButton, overflow, feedback_buttons: feedback, icon_button: iconButton };

/** The element, or null where this person does not get to see it. */
export function drawElement(element, block, context, label, attributes = {}) {
  if (element.visible_to_user_ids && !element.visible_to_user_ids.includes(me().id)) return null;
  const { type } = element;
  const named = { "aria-label": label || element.placeholder?.text, ...attributes };
  const described = attributes["aria-describedby"];
  if (PRESSED[type]) return PRESSED[type](element, block, context);
  if (isSelect(type)) return select(element, block, context, label, described);
  if (isTyped(type)) return typedInput(element, block, context, named);
  if (isDate(type)) return dateInput(element, block, context, named);
  if (isTicked(type)) return ticks(element, block, context, label, described);
  if (type === "file_input") return fileInput(named);
  return el("span.note", {}, `(${type})`);
}
