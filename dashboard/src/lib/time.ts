/** Times for people. Pure: now is given. */
import type { Dictionary, Language } from "../i18n";

type Units = Dictionary["unit"];

/** `12s`, `5m`, `3h`, `2d`: how long since, in the largest unit that says something. */
export function age(from: string, now: number, unit: Units): string {
  return span(now - Date.parse(from), unit);
}

export function span(ms: number, unit: Units): string {
  if (!Number.isFinite(ms)) return "";
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return unit.now;
  if (seconds < 60) return `${seconds}${unit.second}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${unit.minute}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${unit.hour}`;
  return `${Math.floor(hours / 24)}${unit.day}`;
}

/** `850 ms`, `1.2 s`, `3 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

export function absolute(at: string, language: Language): string {
  return format(at, language, { dateStyle: "medium", timeStyle: "medium" });
}

/** The time of day, with the date only when it is another one. */
export function clock(at: string, language: Language, now: number): string {
  const today = new Date(now).toDateString() === new Date(at).toDateString();
  if (today) return format(at, language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  return format(at, language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
}

export function number(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language]).format(value);
}

function format(at: string, language: Language, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : new Intl.DateTimeFormat(LOCALES[language], options).format(date);
}
