/** The list: what is wrong now, newest first. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { stats } from "../api/incidents";
import { DemoBar } from "../components/demo";
import { severityName } from "../components/bits";
import { Sparkline } from "../components/sparkline";
import { useLanguage } from "../i18n";
import { type Filters, fromParams, toParams } from "../lib/filters";
import { keys } from "../lib/keys";
import { number } from "../lib/time";
import { useTitle } from "../lib/title";
import { FilterBar } from "./incidents/filter-bar";
import { IncidentList } from "./incidents/list";

export function Incidents() {
  const { t, language } = useLanguage();
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => fromParams(params), [params]);
  const counts = useQuery({ queryKey: keys.stats, queryFn: ({ signal }) => stats(signal), refetchInterval: 60_000 });
  const open = counts.data?.open ?? 0;
  useTitle(open > 0 ? `(${open}) ${t.incidents.title}` : t.incidents.title);

  const change = (part: Partial<Filters>) => setParams(toParams({ ...filters, ...part }), { replace: true });

  return (
    <>
      <header className="overview">
        <div className="overview-counts">
          <h1>{t.incidents.title}</h1>
          <p className="muted">
            <strong className="number">{counts.data ? number(open, language) : "–"}</strong> {t.incidents.open} · {counts.data ? t.incidents.total(number(counts.data.total, language)) : "–"}
          </p>
        </div>
        <ul className="severities" aria-label={t.incidents.counts}>
          {(["critical", "high", "medium", "low"] as const).map((severity) => {
            const chosen = filters.severity === severity;
            return (
              <li key={severity}>
                <button type="button" className="severity-count" data-severity={severity} aria-pressed={chosen} onClick={() => change({ severity: chosen ? "" : severity })}>
                  <span className="number">{counts.data?.by_severity[severity] ?? 0}</span>
                  <span>{severityName(t, severity)}</span>
                </button>
              </li>
            );
          })}
        </ul>
        <Sparkline volume={counts.data?.volume ?? []} />
      </header>
      <DemoBar />
      <FilterBar filters={filters} change={change} />
      <IncidentList filters={filters} clear={() => setParams(new URLSearchParams(), { replace: true })} />
    </>
  );
}
