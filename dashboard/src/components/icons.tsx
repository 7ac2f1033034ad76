/** A few icons, drawn for this dashboard. They are decoration: the words beside them or a label speak. */
import type { ReactNode } from "react";

const shapes = {
  incidents: <path d="M3 12h4l3-7 4 14 3-7h4" />,
  queue: <path d="M4 6h16M4 12h11M4 18h7" />,
  knowledge: <path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3V4zm0 13a3 3 0 0 1 3-3h11M9 8h6" />,
  gateway: <path d="M12 3v5m0 8v5M5 12H2m20 0h-3M8 8h8v8H8zM5 5l3 3m8 8 3 3m0-14-3 3m-8 8-3 3" />,
  audit: <path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1" />,
  settings: <path d="M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4" />,
  menu: <path d="M4 7h16M4 12h16M4 17h16" />,
  close: <path d="M6 6l12 12M18 6 6 18" />,
  search: <path d="M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 4 4" />,
  check: <path d="M5 13l4 4L19 7" />,
  user: <path d="M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-4 4-6 8-6s7 2 8 6" />,
  mute: <path d="M6 9a6 6 0 0 1 10-4m2 5v4l2 3H8M10 20h4M4 4l16 16" />,
  copy: <path d="M9 9h11v11H9zM5 15H4V4h11v1" />,
  back: <path d="M19 12H5m6-6-6 6 6 6" />,
  down: <path d="M6 9l6 6 6-6" />,
  up: <path d="M12 19V5m-6 6 6-6 6 6" />,
  link: <path d="M14 4h6v6m0-6L11 13M18 14v6H4V6h6" />,
  more: <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth="3" />,
  retry: <path d="M20 11a8 8 0 1 0-2 6m2-11v5h-5" />,
  stop: <path d="M7 7h10v10H7z" />,
  comment: <path d="M4 5h16v11H10l-5 4v-4H4z" />,
  warning: <path d="M12 4 2 20h20zm0 6v5m0 2.5v.01" />,
  offline: <path d="M3 3l18 18M5 12a10 10 0 0 1 4-2.500M2 8a14 14 0 0 1 4-2.500M19 12a10 10 0 0 0-5-2.900M22 8a14 14 0 0 0-11-3.900M8.500 15.500a5 5 0 0 1 7 0M12 19h.01" />,
  quiet: <path d="M20 14A8.500 8.500 0 0 1 10 4a8.500 8.500 0 1 0 10 10z" />,
  keyboard: <path d="M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8" />,
  plus: <path d="M12 5v14M5 12h14" />,
  play: <path d="M7 5l12 7-12 7z" />,
  good: <path d="M7 11v9H4v-9zm0 0 4-7a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2l-1.500 6a2 2 0 0 1-2 2H7" />,
  bad: <path d="M17 13V4h3v9zm0 0-4 7a2 2 0 0 1-2-2v-4H6a2 2 0 0 1-2-2l1.500-6a2 2 0 0 1 2-2H17" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
