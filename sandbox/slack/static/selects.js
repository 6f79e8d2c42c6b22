// The select menus of Block Kit: where their options come from and what is sent of a choice.

import { remembered, use } from "./acting.js";
import { post } from "./api.js";
import { withEmoji } from "./mrkdwn.js";
import { picker } from "./picker.js";
import { channelTitle, here, nameOf, rooms } from "./state.js";
import { said } from "./toast.js";

const LEAST_TYPED = 3;

const SOURCES = {
  static_select: { key: "option", offer: (element) => (typed) => among(written(element), typed) },
  external_select: { key: "option", offer: external },
  users_select: { key: "user", offer: () => (typed) => among([{ options: users() }], typed) },
  channels_select: { key: "channel", offer: () => (typed) => among([{ options: rooms().map(room) }], typed) },
  conversations_select: { key: "conversation", offer: (element) => (typed) => among([{ options: conversations(element) }], typed) },
};

export const isSelect = (type) => type.replace(/^multi_/, "") in SOURCES;

export function select(element, block, context, label, described) {
  const several = element.type.startsWith("multi_");
  const source = SOURCES[element.type.replace(/^multi_/, "")];
  const chosen = several ? `selected_${source.key}s` : `selected_${source.key}`;
  const value = context.values?.[block.block_id]?.[element.action_id]?.[chosen] ?? remembered(context, block, element) ?? element[`initial_${source.key}${several ? "s" : ""}`];
  const picked = [value].flat().filter(Boolean).map((each) => shown(source, element, each));
  return picker({
    label: label || element.placeholder?.text || "Choose",
    placeholder: element.placeholder?.text,
    chosen: picked,
    several,
    most: element.max_selected_items,
    waits: source.offer === external ? (element.min_query_length ?? LEAST_TYPED) : 0,
    clears: block.type === "input" && Boolean(block.optional),
    offer: source.offer(element, block, context),
    choose: (options) => use(context, block, element, several ? options.map((each) => each.value) : (options[0]?.value ?? null)),
    key: [block.block_id, element.action_id].join("/"),
    described,
  });
}

function written(element) {
  return element.option_groups ? element.option_groups.map((group) => ({ label: group.label.text, options: group.options.map(option) })) : [{ options: element.options.map(option) }];
}

function external(element, block, context) {
  return async (typed) => {
    const body = { ...context.spot, action_id: element.action_id, block_id: block.block_id, typed };
    const answer = (await said(() => post("options", body))) || {};
    if (answer.option_groups) return answer.option_groups.map((group) => ({ label: group.label?.text, options: group.options.map(option) }));
    return [{ options: (answer.options || []).map(option) }];
  };
}

function option(each) {
  return { label: withEmoji(each.text.text), description: each.description?.text, value: each.value };
}

function shown(source, element, value) {
  if (value.text) return option(value);
  if (source.key === "user") return { label: nameOf(value), value };
  if (source.key !== "option") return { label: titled(value), value };
  const options = written(element.options || element.option_groups ? element : { options: [] }).flatMap((group) => group.options);
  return options.find((each) => each.value === value) || { label: value, value };
}

function titled(id) {
  const found = here.workspace.channels.find((each) => each.id === id);
  return found ? channelTitle(found) : id;
}

function users() {
  return here.workspace.users.map((each) => ({ label: each.real_name, description: `@${each.name}`, value: each.id }));
}

function room(channel) {
  return { label: channelTitle(channel), value: channel.id };
}

function conversations(element) {
  const kinds = element.filter?.include;
  const names = { im: "im", channel: "public", private: "private" };
  return here.workspace.channels.filter((each) => !kinds || kinds.includes(names[each.kind])).map(room);
}

function among(groups, typed) {
  const word = typed.trim().toLowerCase();
  const fits = (each) => `${each.label} ${each.description || ""}`.toLowerCase().includes(word);
  return groups.map((group) => ({ ...group, options: group.options.filter(fits) })).filter((group) => group.options.length);
}
