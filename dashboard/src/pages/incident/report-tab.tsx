import { useQuery } from "@tanstack/react-query";
import type { Part } from "../../api/incidents";
import { reportMarkdown, reportUrl } from "../../api/reports";
import { Markdown } from "../../components/markdown";
import { Icon } from "../../components/icons";
import { Empty, Loaded } from "../../components/states";
import { useT } from "../../i18n";
import { keys } from "../../lib/keys";

export function ReportTab({ report }: { report: Part<string> }) {
  const t = useT();
  if (report.state === "absent") return <Empty icon="knowledge" title={t.incident.reportNone} />;
  if (report.state === "unavailable") return <Empty icon="warning" title={t.incident.partUnavailable(report.reason)} />;
  return <Rendered id={report.value} />;
}

function Rendered({ id }: { id: string }) {
  const t = useT();
  const query = useQuery({ queryKey: keys.report(id), queryFn: ({ signal }) => reportMarkdown(id, signal), staleTime: Infinity });
  return (
    <article className="report">
      <p className="report-links">
        <a href={reportUrl(id, "html")} target="_blank" rel="noreferrer">
          <Icon name="link" size={13} /> {t.incident.reportOpen}
        </a>
        <a href={reportUrl(id, "markdown")} download={`${id}.md`}>
          {t.incident.reportMarkdown}
        </a>
        <a href={reportUrl(id, "json")} download={`${id}.json`}>
          {t.incident.reportJson}
        </a>
      </p>
      <Loaded query={query}>{(text) => <Markdown text={text} level={2} />}</Loaded>
    </article>
  );
}
