import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "react-router";
import { PageTitle } from "../components/bits";
import { useT } from "../i18n";
import { useSession } from "../lib/session";
import { useTitle } from "../lib/title";
import { Channels } from "./settings/channels";
import { Keys } from "./settings/keys";
import { Users } from "./settings/users";
import { You } from "./settings/you";

export default function Settings() {
  const t = useT();
  const navigate = useNavigate();
  const { tab } = useParams();
  const { canAdmin } = useSession();
  useTitle(t.settings.title);
  const tabs = canAdmin ? (["you", "keys", "users", "channels"] as const) : (["you", "channels"] as const);
  const chosen = tabs.find((one) => one === tab) ?? "you";
  return (
    <>
      <PageTitle title={t.settings.title} />
      <Tabs value={chosen} onChange={(next) => void navigate(`/settings/${next}`, { replace: true })} keepMounted={false}>
        <Tabs.List aria-label={t.settings.title}>
          {tabs.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t.settings.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="you">
          <You />
        </Tabs.Panel>
        <Tabs.Panel value="channels">
          <Channels />
        </Tabs.Panel>
        {canAdmin && (
          <>
            <Tabs.Panel value="keys">
              <Keys />
            </Tabs.Panel>
            <Tabs.Panel value="users">
              <Users />
            </Tabs.Panel>
          </>
        )}
      </Tabs>
    </>
  );
}
