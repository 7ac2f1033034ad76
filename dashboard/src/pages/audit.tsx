/** The chain: what was done, newest first, and whether it holds. */
import { Button, CloseButton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { AUDIT_PAGE, type AuditEvent, type ChainStatus, listAudit, verifyChain } from "../api/audit";
import { AuditTable } from "../components/audit-table";
import { CopyText, PageTitle } from "../components/bits";
import { Icon } from "../components/icons";
import { Empty, Failure, Loaded, Loading } from "../components/states";
import { useLanguage, useT } from "../i18n";
import { keys } from "../lib/keys";
import { number } from "../lib/time";
import { useTitle } from "../lib/title";

export default function Audit() {
  const t = useT();
  const [params, setParams] = useSearchParams();
  const subject = params.get("subject") ?? "";
  // The chain is looked at as the page opens: how long it is also tells where its newest links are.
  const chain = useQuery({ queryKey: keys.chain, queryFn: verifyChain, staleTime: 60_000 });
  useTitle(t.audit.title);
  return (
    <>
      <PageTitle title={t.audit.title} lead={t.audit.lead}>
        <Button loading={chain.isFetching} leftSection={<Icon name="audit" />} onClick={() => void chain.refetch()}>
          {t.audit.verify}
        </Button>
      </PageTitle>
      <div aria-live="polite">{chain.data && <Chain status={chain.data} />}</div>
      {subject && (
        <p>
          <span className="chip">
            {t.audit.subjectFilter}: <code>{subject}</code>
            <CloseButton size="xs" aria-label={t.incidents.clear} onClick={() => setParams({})} />
          </span>
        </p>
      )}
      {subject ? <OfSubject subject={subject} /> : <Loaded query={chain}>{(status) => <Newest links={status.links} />}</Loaded>}
    </>
  );
}

function Chain({ status }: { status: ChainStatus }) {
  const { t, language } = useLanguage();
  return (
    <div className="verdict" data-kind={status.intact ? "none" : "failed"}>
      <Icon name={status.intact ? "check" : "warning"} size={20} />
      <div>
        <p>
          <strong>{status.intact ? t.audit.intact(number(status.links, language)) : t.audit.broken(number(status.broken_at ?? 0, language))}</strong>
        </p>
        <p className="muted small">
          {t.audit.head}{" "}
          <CopyText text={status.head} label={t.audit.head}>
            <code>{status.head.slice(0, 16)}…</code>
          </CopyText>{" "}
          {t.audit.headHint}
        </p>
      </div>
    </div>
  );
}

function OfSubject({ subject }: { subject: string }) {
  const t = useT();
  const query = useQuery({ queryKey: keys.audit(subject), queryFn: ({ signal }) => listAudit(subject, 0, signal) });
  return <Loaded query={query}>{(links) => (links.length === 0 ? <Nothing /> : <AuditTable links={links.toReversed()} label={t.audit.entries} />)}</Loaded>;
}

/** The service tells links oldest first after a number; counting back from the end turns that round. */
function Newest({ links }: { links: number }) {
  const t = useT();
  const list = useInfiniteQuery({
    queryKey: [...keys.audit(""), links],
    queryFn: async ({ pageParam, signal }) => (await listAudit("", Math.max(0, pageParam - AUDIT_PAGE), signal)).filter((link) => link.seq <= pageParam).toReversed(),
    initialPageParam: links,
    getNextPageParam: (_: AuditEvent[], __, before) => (before > AUDIT_PAGE ? before - AUDIT_PAGE : undefined),
  });
  const items = list.data?.pages.flat() ?? [];
  if (list.isPending) return <Loading rows={8} />;
  if (list.isError && items.length === 0) return <Failure error={list.error} retry={() => void list.refetch()} />;
  if (items.length === 0 && !list.hasNextPage) return <Nothing />;
  return (
    <>
      <AuditTable links={items} label={t.audit.entries} />
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.audit.older}
        </Button>
      )}
    </>
  );
}

function Nothing() {
  const t = useT();
  return <Empty icon="audit" title={t.audit.empty} hint={t.audit.emptyHint} />;
}
