/** The rows. Only those in sight are in the page; the rest is height. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { type IncidentSummary, listIncidents } from "../../api/incidents";
import { Icon } from "../../components/icons";
import { Empty, Failure, Loading } from "../../components/states";
import { useT } from "../../i18n";
import { useAct } from "../../lib/actions";
import { type Filters, isFiltered, toQuery } from "../../lib/filters";
import { useHotkeys } from "../../lib/hotkeys";
import { keys } from "../../lib/keys";
import { useSession } from "../../lib/session";
import { useNarrow } from "../../lib/narrow";
import { FirstSteps } from "./first-steps";
import { IncidentRow } from "./row";

const ROW = 56;
const ROW_NARROW = 92;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 30;

export function IncidentList({ filters, clear }: { filters: Filters; clear: () => void }) {
  const t = useT();
  const { me } = useSession();
  const query = toQuery(filters, me.name);
  const list = useInfiniteQuery({
    queryKey: keys.list(query),
    queryFn: ({ pageParam, signal }) => listIncidents(query, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    // What was loaded is kept true by the live stream.
    staleTime: 60_000,
  });
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);

  if (list.isPending) return <Loading rows={10} height={ROW - 8} />;
  if (list.isError && items.length === 0) return <Failure error={list.error} retry={() => void list.refetch()} />;
  if (items.length === 0 && !list.hasNextPage) {
    if (!isFiltered(filters)) return <FirstSteps />;
    return (
      <Empty icon="search" title={t.incidents.noMatch} hint={t.incidents.noMatchHint}>
        <Button variant="default" onClick={clear}>
          {t.incidents.clear}
        </Button>
      </Empty>
    );
  }
  const more = () => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  };
  return (
    <>
      <Rows items={items} more={more} key={JSON.stringify(query)} complete={!list.hasNextPage} />
      {list.isFetchNextPageError && <Failure error={list.error} retry={() => void list.fetchNextPage()} />}
      {list.isFetchingNextPage && <Loading rows={2} height={ROW - 8} />}
    </>
  );
}

function Rows({ items, more, complete }: { items: IncidentSummary[]; more: () => void; complete: boolean }) {
  const t = useT();
  const navigate = useNavigate();
  const act = useAct();
  const { canAct } = useSession();
  const rowHeight = useNarrow() ? ROW_NARROW : ROW;
  const box = useRef<HTMLUListElement>(null);
  const scroller = useScroller();
  const [margin, setMargin] = useState(0);
  const [chosen, choose] = useState<string | null>(null);

  useLayoutEffect(() => {
    const measure = () => {
      const list = box.current?.getBoundingClientRect();
      if (list && scroller) setMargin(list.top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller) observer.observe(scroller);
    if (box.current?.parentElement) observer.observe(box.current.parentElement);
    return () => observer.disconnect();
  }, [scroller]);

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    getItemKey: (index) => items[index]?.task_id ?? index,
    overscan: 8,
    scrollMargin: margin,
    // The bar of filters sticks above the rows.
    scrollPaddingStart: 110,
    scrollPaddingEnd: 24,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - AHEAD) more();
  });
  useEffect(() => virtual.measure(), [rowHeight, virtual]);

  const fresh = useAnchor(items, rowHeight, margin, scroller);

  const at = items.findIndex((item) => item.task_id === chosen);
  const move = (by: number) => {
    const next = Math.max(0, Math.min(items.length - 1, at === -1 ? 0 : at + by));
    const item = items[next];
    if (!item) return;
    choose(item.task_id);
    virtual.scrollToIndex(next);
    // The row may not be in the page before it has been scrolled to.
    requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(item.task_id)}"]`)?.focus({ preventScroll: true })));
  };
  const current = at === -1 ? undefined : items[at];
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => move(-items.length),
    End: () => move(items.length),
    o: () => current && void navigate(`/incidents/${current.task_id}`),
    a: () => {
      if (!current || !canAct) return;
      const neighbour = items[at + 1] ?? items[at - 1];
      act.mutate({ incident: current, action: { kind: current.acknowledged_at ? "unacknowledge" : "acknowledge" } });
      if (neighbour && !items.some((item) => item.task_id === current.task_id)) choose(neighbour.task_id);
    },
  });

  return (
    <div className="list-wrap">
      {fresh > 0 && (
        <button type="button" className="fresh" onClick={() => scroller?.scrollTo({ top: 0 })}>
          <Icon name="up" size={14} /> {t.incidents.fresh(fresh)}
        </button>
      )}
      <ul ref={box} className="list" aria-label={t.incidents.list} style={{ height: virtual.getTotalSize() }}>
        {rows.map((row) => {
          const incident = items[row.index];
          if (!incident) return null;
          return (
            <li key={row.key} className="list-item" aria-setsize={complete ? items.length : -1} aria-posinset={row.index + 1} style={{ height: row.size, transform: `translateY(${row.start - margin}px)` }}>
              <IncidentRow incident={incident} chosen={incident.task_id === chosen} first={chosen === null ? row.index === 0 : undefined} onChoose={choose} />
            </li>
          );
        })}
      </ul>
      {complete && <p className="muted list-end">{t.incidents.end}</p>}
    </div>
  );
}

/** What scrolls: the page's content, so that on a phone the counts make room for the rows. */
function useScroller(): HTMLElement | null {
  const [scroller, set] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => set(document.getElementById("content")), []);
  return scroller;
}

/** Who reads further down keeps the place when rows arrive above, and is told how many. */
function useAnchor(items: IncidentSummary[], rowHeight: number, margin: number, scroller: HTMLElement | null): number {
  const first = useRef<string | undefined>(undefined);
  const [fresh, setFresh] = useState(0);
  useLayoutEffect(() => {
    const before = first.current;
    first.current = items[0]?.task_id;
    if (!scroller || before === undefined || before === first.current || scroller.scrollTop <= margin) return;
    const added = items.findIndex((item) => item.task_id === before);
    if (added <= 0) return;
    scroller.scrollTop += added * rowHeight;
    setFresh((count) => count + added);
  }, [items, rowHeight, margin, scroller]);
  useEffect(() => {
    if (!scroller) return;
    const look = () => {
      if (scroller.scrollTop <= margin) setFresh(0);
    };
    scroller.addEventListener("scroll", look, { passive: true });
    return () => scroller.removeEventListener("scroll", look);
  }, [scroller, margin]);
  return fresh;
}
