// Moments in the reader's own zone and language.

const LANGUAGE = "en-GB";

const written = (moment, options) => new Intl.DateTimeFormat(LANGUAGE, options).format(moment);
const longDay = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
const day = { day: "numeric", month: "long", year: "numeric" };
const shortDay = { day: "numeric", month: "short", year: "numeric" };

const TOKENS = {
  date: (at) => written(at, day),
  date_num: (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
  date_slash: (at) => `${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}`,
  date_long: (at) => written(at, longDay),
  date_long_full: (at) => written(at, longDay),
  date_long_pretty: (at) => near(at) || written(at, longDay),
  date_pretty: (at) => near(at) || written(at, day),
  date_short: (at) => written(at, shortDay),
  date_short_pretty: (at) => near(at) || written(at, shortDay),
  day_divider_pretty: (at) => dayTitle(at),
  time: (at) => clock(at),
  time_secs: (at) => `${clock(at)}:${two(at.getSeconds())}`,
  ago: (at) => ago(at),
};

/** A date as Slack's format string asks for it. */
export function formatted(seconds, format) {
  const at = new Date(seconds * 1000);
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => (TOKENS[name] ? TOKENS[name](at) : whole));
  return /^\{date\w*_pretty\}/.test(format) ? capital(text) : text;
}

export const momentOf = (ts) => new Date(Number(ts) * 1000);
export const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
export const whole = (at) => `${written(at, longDay)}, ${TOKENS.time_secs(at)}`;
export const sameDay = (one, other) => one.toDateString() === other.toDateString();

export function dayTitle(at) {
  const pretty = near(at);
  return pretty ? capital(pretty) : written(at, { weekday: "long", day: "numeric", month: "long" });
}

export function ago(at) {
  const seconds = Math.round((Date.now() - at.getTime()) / 1000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(-Math.round(seconds / size), unit);
  }
  return "just now";
}

function near(at) {
  const days = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  const start = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  return days[Math.round((start(at) - start(new Date())) / 86_400_000)];
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function two(number) {
  return String(number).padStart(2, "0");
}
