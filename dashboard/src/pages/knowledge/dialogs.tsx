import { Modal, TextInput, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { type KnowledgeDraft, type KnowledgeEntry, addKnowledge, removeKnowledge, replaceKnowledge } from "../../api/knowledge";
import { ConfirmDialog } from "../../components/confirm";
import { explain } from "../../components/states";
import { useT } from "../../i18n";
import { FormButtons } from "../incident/actions";

export function EntryDialog({ entry, close }: { entry: KnowledgeEntry | "new" | null; close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const known = entry === "new" ? null : entry;
  const save = useMutation({
    mutationFn: (draft: KnowledgeDraft) => (known ? replaceKnowledge(known.id, draft) : addKnowledge(draft)),
    onSuccess: () => {
      close();
      return client.invalidateQueries({ queryKey: ["knowledge"] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const word = (name: string) => String(form.get(name) ?? "").trim();
    const tags = word("tags")
      .split(/[,，]/)
      .map((tag) => tag.trim())
      .filter(Boolean);
    save.mutate({ confidence: 0.5, ...known, title: word("title"), content: word("content"), category: word("category"), tags });
  };
  return (
    <Modal opened={entry !== null} onClose={close} size="lg" title={known ? t.knowledge.edit : t.knowledge.add} closeButtonProps={{ "aria-label": t.app.close }}>
      <form className="form" onSubmit={submit}>
        <TextInput name="title" label={t.knowledge.titleField} defaultValue={known?.title} required withAsterisk={false} data-autofocus />
        <Textarea name="content" label={`${t.knowledge.content} (${t.knowledge.contentHint})`} defaultValue={known?.content} autosize minRows={8} maxRows={20} />
        <TextInput name="category" label={`${t.knowledge.category} (${t.common.optional})`} defaultValue={known?.category} />
        <TextInput name="tags" label={`${t.knowledge.tags} (${t.knowledge.tagsHint})`} defaultValue={known?.tags.join(", ")} />
        {save.error && (
          <p className="form-error" role="alert">
            {explain(t, save.error)}
          </p>
        )}
        <FormButtons close={close} label={t.common.save} busy={save.isPending} />
      </form>
    </Modal>
  );
}

export function DeleteDialog({ entry, close }: { entry: KnowledgeEntry | null; close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  return (
    <ConfirmDialog
      opened={entry !== null}
      close={close}
      title={t.knowledge.deleteTitle}
      hint={t.knowledge.deleteHint(entry?.title ?? "")}
      label={t.common.delete}
      run={async () => {
        if (entry) await removeKnowledge(entry.id);
        await client.invalidateQueries({ queryKey: ["knowledge"] });
      }}
    />
  );
}
