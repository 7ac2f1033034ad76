/** The frame around every page: navigation, the state of the connection, keys; and the door for who is not signed in. */
import { Drawer, Menu, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { ApiError, whenSignedOut } from "../api/http";
import { logout } from "../api/identity";
import { useT } from "../i18n";
import { LiveProvider } from "../live";
import { useHotkeys } from "../lib/hotkeys";
import { useMe } from "../lib/session";
import { Icon, type IconName } from "./icons";
import { KeysHelp } from "./keys-help";
import { Announcer, Banner, LiveDot } from "./live-state";
import { Boundary, Failure, Loading } from "./states";

const PLACES = [
  ["incidents", "i"],
  ["queue", "u"],
  ["knowledge", "k"],
  ["gateway", "g"],
  ["audit", "a"],
  ["settings", "s"],
] as const satisfies readonly (readonly [IconName, string])[];

export function Shell() {
  const t = useT();
  const who = useMe();
  const location = useLocation();
  const navigate = useNavigate();
  const here = `${location.pathname}${location.search}`;

  useEffect(() => {
    whenSignedOut(() => void navigate(`/sign-in?next=${encodeURIComponent(here)}`, { replace: true, state: { ended: who.data !== undefined } }));
  }, [navigate, here, who.data]);

  if (who.data) {
    return (
      <LiveProvider>
        <Frame />
      </LiveProvider>
    );
  }
  const unknown = who.error instanceof ApiError && who.error.status === 401;
  if (who.error && !unknown) return <Failure error={who.error} retry={() => void who.refetch()} />;
  return (
    <main className="content" aria-label={t.app.name}>
      <Loading rows={8} />
    </main>
  );
}

function Frame() {
  const t = useT();
  const location = useLocation();
  const navigate = useNavigate();
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);

  useHotkeys({
    "?": () => setHelp(true),
    ...Object.fromEntries(PLACES.map(([place, key]) => [`g ${key}`, () => void navigate(`/${place}`)])),
  });
  useEffect(() => setMenu(false), [location.pathname]);

  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t.app.skip}
      </a>
      <header className="topbar">
        <UnstyledButton className="icon-button" aria-label={t.app.menu} aria-expanded={menu} onClick={() => setMenu(true)}>
          <Icon name="menu" size={20} />
        </UnstyledButton>
        <Brand />
        <LiveDot />
      </header>
      <div className="sidebar">
        <Brand />
        <Navigation />
        <Foot onHelp={() => setHelp(true)} />
      </div>
      <Drawer opened={menu} onClose={() => setMenu(false)} size={260} title={t.app.name} closeButtonProps={{ "aria-label": t.app.close }}>
        <Navigation />
        <Foot
          onHelp={() => {
            setMenu(false);
            setHelp(true);
          }}
        />
      </Drawer>
      <div className="stage">
        <Banner />
        <main id="content" className="content" tabIndex={-1}>
          <Boundary key={location.pathname} title={t.error.crashed} action={t.error.reload}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </main>
      </div>
      <Announcer />
      <KeysHelp opened={help} close={() => setHelp(false)} places={PLACES} />
    </div>
  );
}

function Brand() {
  const t = useT();
  return (
    <Link to="/incidents" className="brand">
      <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#3d5afe" />
        <path d="M5 18h5l3-9 6 14 3-8h5" fill="none" stroke="#fff" strokeWidth="2.600" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {t.app.name}
    </Link>
  );
}

function Navigation() {
  const t = useT();
  return (
    <nav aria-label={t.app.navigation} className="navigation">
      {PLACES.map(([place]) => (
        <NavLink key={place} to={`/${place}`}>
          <Icon name={place} size={17} />
          {t.nav[place]}
        </NavLink>
      ))}
    </nav>
  );
}

function Foot({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const who = useMe().data;
  const leave = () =>
    void logout()
      .catch(() => {})
      .then(() => {
        client.clear();
        return navigate("/sign-in", { replace: true });
      });
  return (
    <div className="sidebar-foot">
      <LiveDot />
      <Menu withInitialFocusPlaceholder={false} position="top-start" width={200}>
        <Menu.Target>
          <UnstyledButton className="who">
            <span className="avatar" aria-hidden="true">
              {(who?.display_name || who?.name || "?").slice(0, 1).toUpperCase()}
            </span>
            <span className="who-name">{who?.display_name || who?.name}</span>
            <Icon name="more" />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {who?.name} · {who?.project}
          </Menu.Label>
          <Menu.Item leftSection={<Icon name="keyboard" />} onClick={onHelp}>
            {t.app.keys}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="link" />} component="a" href="/api/reference">
            {t.nav.reference}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="back" />} onClick={leave}>
            {t.app.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
