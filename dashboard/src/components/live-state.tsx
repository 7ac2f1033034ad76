/** The state of the live connection: a dot, a banner when it is lost, and words for screen readers when something arrives. */
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useT } from "../i18n";
import { useLive } from "../live";
import { useTicking } from "../lib/clock";
import { severityName } from "./bits";
import { Icon } from "./icons";

/** A connection that is back this soon was never missed. */
const PATIENCE_MS = 2500;

export function LiveDot() {
  const t = useT();
  const { state } = useLive();
  const open = state.kind === "open";
  return (
    <span className="live" data-state={state.kind}>
      <span className="live-dot" aria-hidden="true" />
      {open ? t.live.connected : t.live.connecting}
    </span>
  );
}

export function Banner() {
  const t = useT();
  const { state, retryNow } = useLive();
  const [lostSince, setLostSince] = useState<number | null>(null);
  const lost = state.kind === "lost" || state.kind === "offline";
  useEffect(() => {
    if (state.kind === "open") setLostSince(null);
    else if (lost) setLostSince((since) => since ?? Date.now());
  }, [state.kind, lost]);
  const late = useTicking((now) => lostSince !== null && now - lostSince >= PATIENCE_MS);
  const seconds = useTicking((now) => (state.kind === "lost" ? Math.max(0, Math.ceil((state.retryAt - now) / 1000)) : 0));
  const offline = state.kind === "offline";
  if (!late && !offline) return null;
  return (
    <div className="banner" role="status" data-offline={offline || undefined}>
      <Icon name="offline" />
      {/* The countdown is for eyes; read out, it would never end. */}
      <span aria-hidden={!offline}>{offline ? t.live.offline : t.live.reconnecting(seconds)}</span>
      {!offline && <span className="visually-hidden">{t.live.reconnecting(0)}</span>}
      {!offline && (
        <Button size="compact-xs" variant="default" onClick={retryNow}>
          {t.live.now}
        </Button>
      )}
    </div>
  );
}

export function Announcer() {
  const t = useT();
  const { arrived } = useLive();
  const first = arrived[0];
  const text = !first ? "" : arrived.length === 1 ? t.live.arrived(severityName(t, first.severity), first.alert_name) : t.live.arrivedMany(arrived.length);
  return (
    <div className="visually-hidden" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
