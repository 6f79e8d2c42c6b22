// What may be meant by the word before the cursor: commands, people, channels, emoji.

import { emojiNames, emojiOf } from "./emoji.js";
import { here, rooms } from "./state.js";

const MOST = 8;

/** Answers {from, options: [{insert, label, hint, mark}]} for the text up to the cursor. */
export function completions(before, { commands = true } = {}) {
  if (commands && before.startsWith("/")) return before.includes(" ") ? verbs(before) : names(before);
  const word = before.match(/(^|[\s(])([@#:])([\w.+-]*)$/);
  if (!word) return none();
  const [, , sign, typed] = word;
  const from = before.length - typed.length - 1;
  if (sign === ":") return typed.length < 2 ? none() : { from, options: emoji(typed) };
  return { from, options: sign === "@" ? people(typed) : channels(typed) };
}

function none() {
  return { from: 0, options: [] };
}

function names(before) {
  const options = here.workspace.commands
    .filter((each) => each.command.startsWith(before.toLowerCase()))
    .map((each) => ({ insert: `${each.command} `, label: each.command, hint: [each.usage_hint, each.description].filter(Boolean).join(" · "), mark: "/" }));
  return { from: 0, options: options.slice(0, MOST) };
}

/** The phrases of the usage hint, as far as they are to be typed like that. */
function verbs(before) {
  const [name, typed] = [before.slice(0, before.indexOf(" ")), before.slice(before.indexOf(" ") + 1)];
  const command = here.workspace.commands.find((each) => each.command === name.toLowerCase());
  const phrases = (command?.usage_hint || "").split(",").map((each) => each.trim()).filter(Boolean);
  const options = phrases
    .map((phrase) => ({ phrase, fixed: phrase.split(" ").filter((word, index, all) => all.slice(0, index + 1).every(isFixed)).join(" ") }))
    .filter(({ fixed }) => fixed && fixed.startsWith(typed.toLowerCase()) && fixed !== typed)
    .map(({ phrase, fixed }) => ({ insert: phrase === fixed ? fixed : `${fixed} `, label: fixed, hint: `${command.command} ${phrase}`, mark: "›" }));
  return { from: name.length + 1, options: options.slice(0, MOST) };
}

function isFixed(word) {
  return /^[a-z][a-z-]*$/.test(word);
}

function people(typed) {
  const word = typed.toLowerCase();
  const users = here.workspace.users.map((each) => ({ insert: `@${each.name} `, label: each.real_name, hint: `@${each.name}`, user: each }));
  const groups = here.workspace.groups.map((each) => ({ insert: `@${each.handle} `, label: `@${each.handle}`, hint: `${each.users.length} people`, mark: "👥" }));
  return [...users, ...groups].filter((each) => `${each.label} ${each.hint}`.toLowerCase().includes(word)).slice(0, MOST);
}

function channels(typed) {
  const found = rooms().filter((each) => each.name.startsWith(typed.toLowerCase()));
  return found.slice(0, MOST).map((each) => ({ insert: `#${each.name} `, label: each.name, mark: "#" }));
}

function emoji(typed) {
  const found = emojiNames().filter((name) => name.startsWith(typed.toLowerCase()));
  return found.slice(0, MOST).map((name) => ({ insert: `${emojiOf(name)} `, label: `:${name}:`, mark: emojiOf(name) }));
}
