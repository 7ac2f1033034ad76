/** The look of Mantine's components; colours of surfaces and text are in `styles/base.css`. */
import { type MantineColorsTuple, createTheme } from "@mantine/core";

const accent: MantineColorsTuple = ["#eef1ff", "#dde3ff", "#bac6ff", "#94a7ff", "#748bfb", "#5d76f5", "#4a63ee", "#3a50d6", "#2f42b3", "#26358f"];

/** Mantine's greys of the dark scheme, in the hue of ours. */
const dark: MantineColorsTuple = ["#e4e8ee", "#c3cad5", "#97a1b0", "#8a94a3", "#38414e", "#262d38", "#1c222b", "#151a21", "#0e1116", "#0b0e12"];

export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: "600" },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    NativeSelect: { defaultProps: { size: "xs" } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.5 } } },
    Tooltip: { defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } } },
  },
});
