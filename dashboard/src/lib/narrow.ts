import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 700px)";

/** Whether this is a phone's width. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(NARROW);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(NARROW).matches,
  );
}
