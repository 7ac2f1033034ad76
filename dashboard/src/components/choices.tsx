/** Choices that one takes along: language and theme. */
import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { LANGUAGES, type Language, useLanguage } from "../i18n";

export function LanguageChoice() {
  const { language, setLanguage, t } = useLanguage();
  return <SegmentedControl size="xs" aria-label={t.settings.language} value={language} onChange={(value) => setLanguage(value as Language)} data={[...LANGUAGES]} />;
}

export function ThemeChoice() {
  const { t } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t.settings.theme}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t.settings.themes[value] }))}
    />
  );
}
