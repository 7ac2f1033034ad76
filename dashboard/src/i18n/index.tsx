/** Which language, and its texts. */
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { en } from "./en";
import { zh } from "./zh";

export type Dictionary = typeof en;
export type Language = "en" | "zh";

export const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "en", label: "English" },
  { value: "zh", label: "中文" },
];
export const DICTIONARIES: Record<Language, Dictionary> = { en, zh };

const STORED = "aetherius-language";

interface Chosen {
  language: Language;
  t: Dictionary;
  setLanguage: (language: Language) => void;
}

const Context = createContext<Chosen>({ language: "en", t: en, setLanguage: () => {} });

export function LanguageProvider({ children }: { children: ReactNode }) {
  // `theme.js` has looked at what is stored and at the browser before the first paint.
  const [language, set] = useState<Language>(() => (document.documentElement.lang === "zh" ? "zh" : "en"));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const setLanguage = useCallback((next: Language) => {
    remember(STORED, next);
    set(next);
  }, []);
  const value = useMemo(() => ({ language, t: DICTIONARIES[language], setLanguage }), [language, setLanguage]);
  return <Context value={value}>{children}</Context>;
}

export const useLanguage = (): Chosen => useContext(Context);
export const useT = (): Dictionary => useContext(Context).t;

/** Storage may be switched off; then a choice lasts as long as the page. */
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing to be done.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
