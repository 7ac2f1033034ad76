/** One incident: what is wrong and why first, then how that is known, then what people did. */
import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { type IncidentView, getIncident } from "../api/incidents";
import { type StepResult, isOpen } from "../api/tasks";
import { Icon } from "../components/icons";
import { Loaded } from "../components/states";
import { useT } from "../i18n";
import { heading } from "../lib/headline";
import { useHotkeys } from "../lib/hotkeys";
import { keys } from "../lib/keys";
import { useTitle } from "../lib/title";
import { joinSteps } from "../live/reducer";
import { AlertTab } from "./incident/alert-tab";
import { AuditTab } from "./incident/audit-tab";
import { Commands } from "./incident/commands";
import { CitedProvider } from "./incident/cited";
import { Diagnosis } from "./incident/diagnosis";
import { IncidentHead } from "./incident/head";
import { People } from "./incident/people";
import { ReportTab } from "./incident/report-tab";
import { Similar } from "./incident/similar";
import { Timeline } from "./incident/timeline";

const TABS = ["diagnosis", "report", "alert", "audit"] as const;

export default function Incident() {
  const t = useT();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: keys.incident(id),
    queryFn: ({ signal }) => getIncident(id, signal),
    // The live stream tells of changes; this is for when it cannot.
    refetchInterval: (state) => (state.state.data && isOpen(state.state.data.task.status) ? 10_000 : false),
  });
  useTitle(query.data ? heading(query.data.summary) : t.incidents.title);
  useHotkeys({ u: () => void navigate("/incidents") });
  return (
    <div className="incident">
      <Link to="/incidents" className="back">
        <Icon name="back" size={14} /> {t.incident.back}
      </Link>
      <Loaded query={query} rows={5} height={96}>
        {(view) => <Whole key={id} view={view} />}
      </Loaded>
    </div>
  );
}

/** The steps that came live; written by the live stream. */
function useLiveSteps(id: string): StepResult[] {
  const { data } = useQuery<StepResult[]>({ queryKey: keys.steps(id), queryFn: () => [], initialData: [], staleTime: Infinity });
  return data;
}

function Whole({ view }: { view: IncidentView }) {
  const t = useT();
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((one) => one === params.get("tab")) ?? "diagnosis";
  const live = useLiveSteps(view.task.id);
  const kept = view.task.result?.steps ?? view.steps;
  const steps = useMemo(() => joinSteps(kept, live), [kept, live]);
  const choose = (next: string | null) => setParams(next === null || next === "diagnosis" ? {} : { tab: next }, { replace: true });
  return (
    <CitedProvider diagnosis={view.task.result?.diagnosis ?? null} steps={steps}>
      <IncidentHead view={view} />
      <div className="incident-columns">
        <div className="incident-main">
          <Tabs value={tab} onChange={choose} keepMounted={false}>
            <Tabs.List aria-label={t.incident.details}>
              {TABS.map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {t.incident.tabs[one]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="diagnosis">
              <Diagnosis view={view} steps={steps} />
              <Commands steps={steps} working={isOpen(view.summary.status)} />
            </Tabs.Panel>
            <Tabs.Panel value="report">
              <ReportTab report={view.report_id} />
            </Tabs.Panel>
            <Tabs.Panel value="alert">
              <AlertTab view={view} />
            </Tabs.Panel>
            <Tabs.Panel value="audit">
              <AuditTab audit={view.audit} />
            </Tabs.Panel>
          </Tabs>
        </div>
        <aside className="incident-side" aria-label={t.incident.details}>
          <Timeline view={view} steps={steps} />
          <People view={view} />
          <Similar similar={view.similar} />
        </aside>
      </div>
    </CitedProvider>
  );
}
