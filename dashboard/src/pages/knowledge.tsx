/** What was learnt: found again by its words, added and mended by people. */
import { Button, CloseButton, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type KnowledgeEntry, listKnowledge, searchKnowledge } from "../api/knowledge";
import { PageTitle } from "../components/bits";
import { Icon } from "../components/icons";
import { Markdown } from "../components/markdown";
import { Empty, Failure, Loaded, Loading } from "../components/states";
import { useLanguage, useT } from "../i18n";
import { useTicking } from "../lib/clock";
import { useHotkeys } from "../lib/hotkeys";
import { keys } from "../lib/keys";
import { useSession } from "../lib/session";
import { age } from "../lib/time";
import { useTitle } from "../lib/title";
import { DeleteDialog, EntryDialog } from "./knowledge/dialogs";

const TYPING_MS = 350;

export default function Knowledge() {
  const t = useT();
  const { canAct } = useSession();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const [editing, edit] = useState<KnowledgeEntry | "new" | null>(null);
  const [removing, remove] = useState<KnowledgeEntry | null>(null);
  useTitle(t.knowledge.title);
  useHotkeys({ "/": () => input.current?.focus() });
  useEffect(() => {
    const timer = window.setTimeout(() => setWanted(text.trim()), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [text]);

  const entry = (one: KnowledgeEntry, score?: number) => <Entry key={one.id} entry={one} score={score} edit={canAct ? edit : undefined} remove={remove} />;
  return (
    <>
      <PageTitle title={t.knowledge.title} lead={t.knowledge.lead}>
        {canAct && (
          <Button leftSection={<Icon name="plus" />} onClick={() => edit("new")}>
            {t.knowledge.add}
          </Button>
        )}
      </PageTitle>
      <TextInput
        ref={input}
        className="page-search"
        role="searchbox"
        aria-label={t.knowledge.search}
        placeholder={t.knowledge.search}
        leftSection={<Icon name="search" />}
        rightSection={text ? <CloseButton size="xs" aria-label={t.incidents.clear} onClick={() => setText("")} /> : <kbd className="hint-key">/</kbd>}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <section aria-label={t.knowledge.entries}>{wanted === "" ? <All entry={entry} /> : <Found text={wanted} entry={entry} />}</section>
      <EntryDialog entry={editing} close={() => edit(null)} />
      <DeleteDialog entry={removing} close={() => remove(null)} />
    </>
  );
}

type Render = (entry: KnowledgeEntry, score?: number) => React.ReactNode;

function All({ entry }: { entry: Render }) {
  const t = useT();
  const list = useInfiniteQuery({
    queryKey: keys.knowledge(""),
    queryFn: ({ pageParam, signal }) => listKnowledge(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) return <Loading rows={5} height={64} />;
  if (list.isError && items.length === 0) return <Failure error={list.error} retry={() => void list.refetch()} />;
  if (items.length === 0) return <Empty icon="knowledge" title={t.knowledge.empty} hint={t.knowledge.emptyHint} />;
  return (
    <>
      <ul className="cards">{items.map((one) => entry(one))}</ul>
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.common.more}
        </Button>
      )}
    </>
  );
}

function Found({ text, entry }: { text: string; entry: Render }) {
  const t = useT();
  const query = useQuery({ queryKey: keys.knowledge(text), queryFn: ({ signal }) => searchKnowledge(text, signal) });
  return (
    <Loaded query={query} rows={4} height={64}>
      {(matches) => (matches.length === 0 ? <Empty icon="search" title={t.knowledge.noMatch} hint={t.knowledge.noMatchHint} /> : <ul className="cards">{matches.map((match) => entry(match.entry, match.score))}</ul>)}
    </Loaded>
  );
}

interface EntryProps {
  entry: KnowledgeEntry;
  score: number | undefined;
  edit: ((entry: KnowledgeEntry) => void) | undefined;
  remove: (entry: KnowledgeEntry) => void;
}

function Entry({ entry, score, edit, remove }: EntryProps) {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const changed = useTicking((now) => age(entry.updated_at, now, t.unit));
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return (
    <li className="card entry">
      <div className="entry-head">
        <h2>
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="down" size={14} /> {entry.title}
          </button>
        </h2>
        {score !== undefined && <span className="chip">{t.knowledge.fits(percent(score))}</span>}
      </div>
      <p className="entry-meta muted small">
        {[entry.category, t.knowledge.used(entry.usage_count), entry.usage_count > 0 ? t.knowledge.worked(percent(entry.success_rate)) : "", t.knowledge.updated(changed)].filter(Boolean).join(" · ")}
      </p>
      {entry.tags.length > 0 && (
        <ul className="tags" aria-label={t.knowledge.tags}>
          {entry.tags.map((tag) => (
            <li key={tag}>{tag}</li>
          ))}
        </ul>
      )}
      {open && (
        <div className="entry-body">
          <Markdown text={entry.content} level={3} />
          {edit && (
            <p className="row-buttons">
              <Button variant="default" onClick={() => edit(entry)}>
                {t.common.edit}
              </Button>
              <Button variant="default" color="red" onClick={() => remove(entry)}>
                {t.common.delete}
              </Button>
            </p>
          )}
        </div>
      )}
    </li>
  );
}
