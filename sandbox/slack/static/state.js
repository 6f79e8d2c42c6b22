// What the page knows: the person, the workspace as that person sees it, and where they are.

export const here = {
  user: "ana",
  place: null, // {channel: id} or {app: id, tab: "home" | "messages"}
  thread: null, // ts
  workspace: { me: null, team: { name: "" }, channels: [], users: [], apps: [], commands: [], shortcuts: [], groups: [] },
};

export const me = () => here.workspace.me;
export const userById = (id) => here.workspace.users.find((each) => each.id === id);
export const channelById = (id) => here.workspace.channels.find((each) => each.id === id);
export const groupById = (id) => here.workspace.groups.find((each) => each.id === id);
export const appById = (id) => here.workspace.apps.find((each) => each.id === id);
export const people = () => here.workspace.users.filter((each) => !each.app_id);
export const rooms = () => here.workspace.channels.filter((each) => each.kind !== "im");

export function appName(app) {
  return userById(app.user)?.real_name || app.name;
}

export function directWith(app) {
  return here.workspace.channels.find((each) => each.kind === "im" && each.members.includes(app.user) && each.members.includes(me().id));
}

export function channelTitle(channel) {
  if (channel.kind !== "im") return `#${channel.name}`;
  const other = channel.members.find((id) => id !== me().id) || me().id;
  return nameOf(other);
}

export function nameOf(id) {
  const user = userById(id);
  return user ? user.real_name || user.name : id;
}

/** The channel that is on the screen, if any. */
export function currentChannel() {
  if (!here.place) return undefined;
  if (here.place.channel) return channelById(here.place.channel);
  const app = appById(here.place.app);
  return app && here.place.tab === "messages" ? directWith(app) : undefined;
}
