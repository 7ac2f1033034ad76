import { Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { type Filters, VIEWS, isFiltered } from "../../lib/filters";
import { useHotkeys } from "../../lib/hotkeys";

const TYPING_MS = 250;
const STATUSES = ["pending", "scheduled", "running", "completed", "failed", "timeout", "cancelled"] as const;
const SEVERITIES = ["critical", "high", "medium", "low"] as const;

export function FilterBar({ filters, change }: { filters: Filters; change: (part: Partial<Filters>) => void }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filters.q);
  const typed = useRef(filters.q);

  // The address changes by itself too: back, forward, a cleared filter.
  useEffect(() => {
    if (filters.q !== typed.current) setText(filters.q);
    typed.current = filters.q;
  }, [filters.q]);
  useEffect(() => {
    if (text === typed.current) return;
    const timer = window.setTimeout(() => {
      typed.current = text;
      change({ q: text });
    }, TYPING_MS);
    return () => window.clearTimeout(timer);
  });
  useHotkeys({ "/": () => input.current?.focus() });

  return (
    <div className="filters" role="search">
      <div className="views" role="group" aria-label={t.incidents.view}>
        {VIEWS.map((view) => (
          <button key={view} type="button" aria-pressed={filters.view === view} onClick={() => change({ view, status: "" })}>
            {t.incidents.views[view]}
          </button>
        ))}
      </div>
      <div className="filter-fields">
        <TextInput
          ref={input}
          size="xs"
          className="filter-search"
          aria-label={t.incidents.search}
          placeholder={t.incidents.search}
          leftSection={<Icon name="search" />}
          rightSection={text ? <CloseButton size="xs" aria-label={t.incidents.clear} onClick={() => setText("")} /> : <kbd className="hint-key">/</kbd>}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <NativeSelect aria-label={t.incidents.severity} value={filters.severity} onChange={(event) => change({ severity: event.currentTarget.value })} data={[{ value: "", label: t.incidents.anySeverity }, ...SEVERITIES.map((value) => ({ value, label: t.severity[value] }))]} />
        <NativeSelect aria-label={t.incidents.statusFilter} value={filters.status} onChange={(event) => change({ status: event.currentTarget.value, view: "all" })} data={[{ value: "", label: t.incidents.anyStatus }, ...STATUSES.map((value) => ({ value, label: t.status[value] }))]} />
        {filters.namespace && (
          <span className="chip">
            {t.incidents.namespace}: {filters.namespace}
            <CloseButton size="xs" aria-label={t.incidents.clear} onClick={() => change({ namespace: "" })} />
          </span>
        )}
        {isFiltered(filters) && (
          <Button variant="subtle" onClick={() => change({ view: "all", severity: "", status: "", namespace: "", q: "" })}>
            {t.incidents.clear}
          </Button>
        )}
      </div>
    </div>
  );
}
