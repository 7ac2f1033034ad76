import { Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../api/http";
import { type Credentials, login } from "../api/identity";
import { LanguageChoice } from "../components/choices";
import { explain } from "../components/states";
import { useT } from "../i18n";
import { keys } from "../lib/keys";
import { safeNext } from "../lib/session";
import { useTitle } from "../lib/title";

type Way = "password" | "token";

export function SignIn() {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const location = useLocation();
  const [params] = useSearchParams();
  const [way, setWay] = useState<Way>("password");
  const ended = (location.state as { ended?: boolean } | null)?.ended === true;
  useTitle(t.signIn.title);

  const enter = useMutation({
    mutationFn: (credentials: Credentials) => login(credentials),
    onSuccess: (session) => {
      client.clear();
      client.setQueryData(keys.me, session.user);
      void navigate(safeNext(params.get("next")), { replace: true });
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "");
    enter.mutate(way === "token" ? { token: field("token").trim() } : { username: field("username").trim(), password: field("password") });
  };

  const wrong = enter.error instanceof ApiError && enter.error.status === 401;
  const error = enter.error && (wrong ? (way === "token" ? t.signIn.wrongToken : t.signIn.wrong) : explain(t, enter.error));

  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <svg width="40" height="40" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" fill="#3d5afe" />
          <path d="M5 18h5l3-9 6 14 3-8h5" fill="none" stroke="#fff" strokeWidth="2.600" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
        <h1>{t.app.name}</h1>
        <p className="muted">{t.signIn.lead}</p>
        {ended && !error && (
          <p className="notice" role="status">
            {t.signIn.expired}
          </p>
        )}
        <SegmentedControl
          fullWidth
          aria-label={t.signIn.title}
          value={way}
          onChange={(value) => {
            enter.reset();
            setWay(value as Way);
          }}
          data={[
            { value: "password", label: t.signIn.byPassword },
            { value: "token", label: t.signIn.byToken },
          ]}
        />
        <form key={way} onSubmit={submit}>
          {way === "password" ? (
            <>
              <TextInput name="username" label={t.signIn.user} autoComplete="username" autoCapitalize="none" spellCheck={false} required withAsterisk={false} autoFocus />
              <PasswordInput name="password" label={t.signIn.password} autoComplete="current-password" required withAsterisk={false} visibilityToggleButtonProps={{ "aria-label": t.signIn.password }} />
            </>
          ) : (
            <PasswordInput name="token" label={t.signIn.token} description={t.signIn.tokenHint} autoComplete="off" required withAsterisk={false} autoFocus visibilityToggleButtonProps={{ "aria-label": t.signIn.token }} />
          )}
          {error && (
            <p className="form-error" role="alert">
              {error}
              {enter.error instanceof ApiError && !wrong && enter.error.requestId && (
                <span className="small">
                  {" "}
                  {t.common.requestId} {enter.error.requestId}
                </span>
              )}
            </p>
          )}
          <Button type="submit" size="sm" fullWidth loading={enter.isPending}>
            {t.signIn.submit}
          </Button>
        </form>
        <LanguageChoice />
      </div>
    </main>
  );
}
