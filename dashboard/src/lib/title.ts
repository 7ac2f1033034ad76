import { useEffect } from "react";

/** The words on the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Aetherius`;
  }, [title]);
}
