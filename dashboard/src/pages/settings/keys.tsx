import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiKey, KEY_ROLES, type Role, addKey, listKeys, revokeKey } from "../../api/identity";
import { Age, CopyText, Section } from "../../components/bits";
import { ConfirmDialog } from "../../components/confirm";
import { Icon } from "../../components/icons";
import { RoleSelect, roleOf } from "../../components/roles";
import { Empty, Loaded, explain } from "../../components/states";
import { useT } from "../../i18n";
import { keys } from "../../lib/keys";
import { FormButtons } from "../incident/actions";

export function Keys() {
  const t = useT();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const [revoking, revoke] = useState<ApiKey | null>(null);
  const query = useQuery({ queryKey: keys.keys, queryFn: ({ signal }) => listKeys(signal) });
  return (
    <Section
      title={t.settings.tabs.keys}
      hint={t.settings.keysLead}
      action={
        <Button leftSection={<Icon name="plus" />} onClick={() => add(true)}>
          {t.settings.keyAdd}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="settings" title={t.settings.keysEmpty} hint={t.settings.keysEmptyHint} />
          ) : (
            <ul className="cards">
              {items.map((key) => (
                <li key={key.id} className="card thing" data-off={key.revoked_at !== null || undefined}>
                  <div className="thing-main">
                    <strong>{key.name}</strong> <code className="muted">{key.prefix}…</code>
                    <p className="muted small">
                      {t.settings.roleNames[roleOf(key.roles)]} · {t.settings.keyBy} {key.created_by} · <Age at={key.created_at} ago /> · {t.settings.keyUsed} {key.last_used_at ? <Age at={key.last_used_at} ago /> : t.common.never}
                    </p>
                  </div>
                  {key.revoked_at ? (
                    <span className="chip">{t.settings.keyRevoked}</span>
                  ) : (
                    <Button variant="default" aria-label={`${t.settings.keyRevoke}: ${key.name}`} onClick={() => revoke(key)}>
                      {t.settings.keyRevoke}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddKey opened={adding} close={() => add(false)} />
      <ConfirmDialog
        opened={revoking !== null}
        close={() => revoke(null)}
        title={t.settings.keyRevokeTitle}
        hint={t.settings.keyRevokeHint(revoking?.name ?? "")}
        label={t.settings.keyRevoke}
        run={async () => {
          if (revoking) await revokeKey(revoking.id);
          await client.invalidateQueries({ queryKey: keys.keys });
        }}
      />
    </Section>
  );
}

function AddKey({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: addKey,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.keys }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    add.mutate({ name: String(form.get("name")).trim(), roles: [form.get("role") as Role] });
  };
  const leave = () => {
    close();
    // What was shown once is forgotten here too.
    add.reset();
  };
  return (
    <Modal opened={opened} onClose={leave} title={t.settings.keyNew} closeOnClickOutside={!add.data} closeButtonProps={{ "aria-label": t.app.close }}>
      {add.data ? (
        <div className="form">
          <p role="status">{t.settings.keyOnce}</p>
          <div className="secret">
            <CopyText text={add.data.key} label={t.settings.keyNew} />
          </div>
          <div className="form-buttons">
            <Button size="sm" onClick={leave} data-autofocus>
              {t.app.close}
            </Button>
          </div>
        </div>
      ) : (
        <form className="form" onSubmit={submit}>
          <TextInput name="name" label={t.common.name} placeholder="alertmanager" required withAsterisk={false} data-autofocus />
          <RoleSelect name="role" label={t.settings.roles} roles={KEY_ROLES} />
          {add.error && (
            <p className="form-error" role="alert">
              {explain(t, add.error)}
            </p>
          )}
          <FormButtons close={leave} label={t.common.create} busy={add.isPending} />
        </form>
      )}
    </Modal>
  );
}
