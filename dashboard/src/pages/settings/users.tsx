import { Button, Modal, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Role, type User, addUser, changeUser, listUsers, removeUser } from "../../api/identity";
import { Age, Section } from "../../components/bits";
import { ConfirmDialog } from "../../components/confirm";
import { Icon } from "../../components/icons";
import { RoleSelect, roleOf } from "../../components/roles";
import { Empty, Loaded, explain } from "../../components/states";
import { useToast } from "../../components/toast";
import { useT } from "../../i18n";
import { keys } from "../../lib/keys";
import { PASSWORD_MIN } from "../../lib/password";
import { useSession } from "../../lib/session";
import { FormButtons } from "../incident/actions";

export function Users() {
  const t = useT();
  const toast = useToast();
  const client = useQueryClient();
  const { me } = useSession();
  const [adding, add] = useState(false);
  const [removing, remove] = useState<User | null>(null);
  const query = useQuery({ queryKey: keys.users, queryFn: ({ signal }) => listUsers(signal) });
  const reload = () => client.invalidateQueries({ queryKey: keys.users });
  const change = useMutation({
    mutationFn: ({ name, ...part }: { name: string; roles?: Role[]; disabled?: boolean }) => changeUser(name, part),
    onSuccess: reload,
    onError: toast.failed,
  });
  return (
    <Section
      title={t.settings.tabs.users}
      hint={t.settings.usersLead}
      action={
        <Button leftSection={<Icon name="plus" />} onClick={() => add(true)}>
          {t.settings.userAdd}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) => items.length === 0 ? <Empty icon="user" title={t.settings.usersEmpty} hint={t.settings.usersEmptyHint} /> : (
          <ul className="cards">
            {items.map((user) => (
              <li key={user.name} className="card thing" data-off={user.disabled || undefined}>
                <div className="thing-main">
                  <strong>{user.display_name || user.name}</strong> <span className="muted">{user.name}</span>
                  {user.name === me.name && <span className="chip">{t.common.you}</span>}
                  {user.disabled && <span className="chip">{t.settings.userDisabled}</span>}
                  <p className="muted small">
                    {t.settings.userSeen} {user.last_seen_at ? <Age at={user.last_seen_at} ago /> : t.common.never}
                  </p>
                </div>
                {/* Nobody locks oneself out. */}
                {user.name === me.name ? (
                  <span className="muted">{t.settings.roleNames[roleOf(user.roles)]}</span>
                ) : (
                  <div className="row-buttons">
                    <RoleSelect bare label={t.settings.userRoles(user.name)} value={roleOf(user.roles)} onChange={(role) => change.mutate({ name: user.name, roles: [role] })} />
                    <Button variant="default" aria-label={`${user.disabled ? t.settings.userEnable : t.settings.userDisable}: ${user.name}`} onClick={() => change.mutate({ name: user.name, disabled: !user.disabled })}>
                      {user.disabled ? t.settings.userEnable : t.settings.userDisable}
                    </Button>
                    <Button variant="default" aria-label={`${t.settings.userDelete}: ${user.name}`} onClick={() => remove(user)}>
                      {t.settings.userDelete}
                    </Button>
                  </div>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <AddUser opened={adding} close={() => add(false)} />
      <ConfirmDialog
        opened={removing !== null}
        close={() => remove(null)}
        title={t.settings.userDeleteTitle}
        hint={t.settings.userDeleteHint(removing?.name ?? "")}
        label={t.settings.userDelete}
        run={async () => {
          if (removing) await removeUser(removing.name);
          await reload();
        }}
      />
    </Section>
  );
}

function AddUser({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [short, setShort] = useState(false);
  const add = useMutation({
    mutationFn: addUser,
    onSuccess: () => {
      close();
      return client.invalidateQueries({ queryKey: keys.users });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const word = (name: string) => String(form.get(name) ?? "");
    setShort(word("password").length < PASSWORD_MIN);
    if (word("password").length < PASSWORD_MIN) return;
    add.mutate({ name: word("name").trim(), display_name: word("display_name").trim() || word("name").trim(), password: word("password"), roles: [word("role") as Role] });
  };
  return (
    <Modal opened={opened} onClose={close} title={t.settings.userNew} closeButtonProps={{ "aria-label": t.app.close }}>
      <form className="form" onSubmit={submit}>
        <TextInput name="name" label={t.settings.userName} autoCapitalize="none" autoComplete="off" required withAsterisk={false} data-autofocus />
        <TextInput name="display_name" label={`${t.settings.displayName} (${t.common.optional})`} autoComplete="off" />
        <PasswordInput name="password" label={t.signIn.password} description={t.settings.passwordHint} autoComplete="new-password" required withAsterisk={false} error={short && t.settings.passwordShort} visibilityToggleButtonProps={{ "aria-label": t.signIn.password }} />
        <RoleSelect name="role" label={t.settings.roles} />
        {add.error && (
          <p className="form-error" role="alert">
            {explain(t, add.error)}
          </p>
        )}
        <FormButtons close={close} label={t.common.create} busy={add.isPending} />
      </form>
    </Modal>
  );
}
