/** Keys: single letters, and `g` followed by one. They are quiet while one types, and can be switched off (WCAG 2.1.4). */
import { useEffect, useRef } from "react";
import { recall } from "../i18n";

export const SHORTCUTS_STORED = "aetherius-shortcuts";
const SEQUENCE_MS = 1200;

export type Hotkeys = Record<string, (event: KeyboardEvent) => void>;

/** `"j"`, `"/"`, `"?"`, `"Escape"`, `"g i"`. */
export function useHotkeys(hotkeys: Hotkeys): void {
  const current = useRef(hotkeys);
  current.current = hotkeys;
  useEffect(() => {
    let prefix = "";
    let timer = 0;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("[aria-modal='true']")) return;
      if (event.key.length === 1 && recall(SHORTCUTS_STORED) === "off") return;
      const key = prefix ? `${prefix} ${event.key}` : event.key;
      prefix = "";
      const act = current.current[key];
      if (act) {
        event.preventDefault();
        act(event);
      } else if (Object.keys(current.current).some((known) => known.startsWith(`${key} `))) {
        prefix = key;
        window.clearTimeout(timer);
        timer = window.setTimeout(() => (prefix = ""), SEQUENCE_MS);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.role === "menuitem" || target.role === "option";
}
