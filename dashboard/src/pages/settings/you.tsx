import { Button, PasswordInput, Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { changeMyPassword } from "../../api/identity";
import { Section } from "../../components/bits";
import { LanguageChoice, ThemeChoice } from "../../components/choices";
import { explain } from "../../components/states";
import { useToast } from "../../components/toast";
import { recall, remember, useT } from "../../i18n";
import { SHORTCUTS_STORED } from "../../lib/hotkeys";
import { PASSWORD_MIN } from "../../lib/password";
import { useSession } from "../../lib/session";

export function You() {
  const t = useT();
  const { me } = useSession();
  const [shortcuts, setShortcuts] = useState(recall(SHORTCUTS_STORED) !== "off");
  return (
    <>
      <Section title={t.settings.account}>
        <dl className="pairs">
          <div>
            <dt>{t.common.name}</dt>
            <dd>
              {me.display_name} <span className="muted">({me.name})</span>
            </dd>
          </div>
          <div>
            <dt>{t.settings.project}</dt>
            <dd>{me.project}</dd>
          </div>
          <div>
            <dt>{t.settings.roles}</dt>
            <dd>{me.roles.map((role) => t.settings.roleNames[role] ?? role).join(", ")}</dd>
          </div>
        </dl>
      </Section>
      <Section title={t.settings.appearance}>
        <div className="choices">
          <div className="choice">
            <span>{t.settings.theme}</span>
            <ThemeChoice />
          </div>
          <div className="choice">
            <span>{t.settings.language}</span>
            <LanguageChoice />
          </div>
          <Switch
            label={t.settings.shortcuts}
            description={t.settings.shortcutsHint}
            checked={shortcuts}
            onChange={(event) => {
              setShortcuts(event.currentTarget.checked);
              remember(SHORTCUTS_STORED, event.currentTarget.checked ? "on" : "off");
            }}
          />
        </div>
      </Section>
      {me.kind === "user" && (
        <Section title={t.settings.changePassword}>
          <PasswordForm />
        </Section>
      )}
    </>
  );
}

function PasswordForm() {
  const t = useT();
  const toast = useToast();
  const form = useRef<HTMLFormElement>(null);
  const [short, setShort] = useState(false);
  const change = useMutation({
    mutationFn: ({ old, next }: { old: string; next: string }) => changeMyPassword(old, next),
    onSuccess: () => {
      form.current?.reset();
      toast.done(t.settings.passwordChanged);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const [old, next] = [String(data.get("old")), String(data.get("new"))];
    setShort(next.length < PASSWORD_MIN);
    if (next.length >= PASSWORD_MIN) change.mutate({ old, next });
  };
  return (
    <form ref={form} className="form narrow" onSubmit={submit}>
      <PasswordInput name="old" label={t.settings.oldPassword} autoComplete="current-password" required withAsterisk={false} visibilityToggleButtonProps={{ "aria-label": t.settings.oldPassword }} />
      <PasswordInput
        name="new"
        label={t.settings.newPassword}
        description={t.settings.passwordHint}
        autoComplete="new-password"
        required
        withAsterisk={false}
        error={short && t.settings.passwordShort}
        visibilityToggleButtonProps={{ "aria-label": t.settings.newPassword }}
      />
      {change.error && (
        <p className="form-error" role="alert">
          {explain(t, change.error)}
        </p>
      )}
      <Button type="submit" variant="default" loading={change.isPending}>
        {t.settings.changePassword}
      </Button>
    </form>
  );
}
