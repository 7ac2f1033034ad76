/** The connection to the live stream: resumes after its cursor, tries again with patience, notices silence. */
import type { LiveFrame } from "../api/incidents";
import { backoffMs } from "./reducer";

export type LiveState = { kind: "connecting" } | { kind: "open" } | { kind: "lost"; retryAt: number } | { kind: "offline" };

/** The server pings every 15 s; twice that and a bit is silence. */
const SILENCE_MS = 35_000;
/** Frames are handed over together, so that a storm costs a few renders a second and a lone alert no wait worth noticing. */
const BATCH_MS = 80;

export interface LiveHandlers {
  frames: (frames: LiveFrame[]) => void;
  /** What was missed cannot be told: load anew. */
  reset: () => void;
  state: (state: LiveState) => void;
  /** Before each try after a failure: makes sure of the session, which may have ended. */
  ready: () => Promise<void>;
}

export interface Live {
  retryNow: () => void;
  close: () => void;
}

export function connect(path: string, handlers: LiveHandlers): Live {
  let socket: WebSocket | null = null;
  let cursor = "";
  let attempt = 0;
  let greeted = false;
  let closed = false;
  let retry = 0;
  let silence = 0;
  let flush = 0;
  let waiting: LiveFrame[] = [];

  const hand = () => {
    flush = 0;
    const frames = waiting;
    waiting = [];
    if (frames.length > 0) handlers.frames(frames);
  };

  const heard = () => {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => socket?.close(), SILENCE_MS);
  };

  const take = (frame: LiveFrame) => {
    heard();
    if (frame.type === "hello") {
      // A first connection has loaded nothing that could be old; a later one was told what it missed.
      attempt = 0;
      greeted = true;
      handlers.state({ kind: "open" });
    }
    if (frame.type === "reset") {
      waiting = [];
      handlers.reset();
    }
    if (frame.type === "incident" || frame.type === "step") {
      waiting.push(frame);
      flush ||= window.setTimeout(hand, BATCH_MS);
    }
    cursor = String(frame.cursor ?? cursor);
  };

  const open = () => {
    if (closed || socket) return;
    window.clearTimeout(retry);
    if (!greeted) handlers.state({ kind: "connecting" });
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (cursor) url.searchParams.set("cursor", cursor);
    const mine = new WebSocket(url);
    socket = mine;
    mine.onmessage = (event: MessageEvent<string>) => {
      const frame = parse(event.data);
      if (frame) take(frame);
    };
    mine.onclose = () => {
      if (socket !== mine) return;
      socket = null;
      window.clearTimeout(silence);
      if (!closed) later();
    };
    heard();
  };

  const later = () => {
    if (!navigator.onLine) {
      handlers.state({ kind: "offline" });
      return;
    }
    const wait = backoffMs(attempt, Math.random());
    attempt += 1;
    handlers.state({ kind: "lost", retryAt: Date.now() + wait });
    retry = window.setTimeout(() => void handlers.ready().catch(() => {}).then(open), wait);
  };

  const retryNow = () => {
    attempt = 0;
    open();
  };
  const lost = () => {
    socket?.close();
    handlers.state({ kind: "offline" });
  };
  window.addEventListener("online", retryNow);
  window.addEventListener("offline", lost);
  open();

  return {
    retryNow,
    close: () => {
      closed = true;
      window.removeEventListener("online", retryNow);
      window.removeEventListener("offline", lost);
      for (const timer of [retry, silence, flush]) window.clearTimeout(timer);
      socket?.close();
    },
  };
}

function parse(text: string): LiveFrame | null {
  try {
    return JSON.parse(text) as LiveFrame;
  } catch {
    return null;
  }
}
