import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type Channel, listChannels, testChannel } from "../../api/notifications";
import { Section } from "../../components/bits";
import { Icon } from "../../components/icons";
import { Empty, Loaded, explain } from "../../components/states";
import { useT } from "../../i18n";
import { keys } from "../../lib/keys";
import { useSession } from "../../lib/session";

export function Channels() {
  const t = useT();
  const query = useQuery({ queryKey: keys.channels, queryFn: ({ signal }) => listChannels(signal) });
  return (
    <Section title={t.settings.tabs.channels} hint={t.settings.channelsLead}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="mute" title={t.settings.channelsEmpty} hint={t.settings.channelsEmptyHint} />
          ) : (
            <ul className="cards">
              {items.map((channel) => (
                <ChannelItem key={channel.name} channel={channel} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function ChannelItem({ channel }: { channel: Channel }) {
  const t = useT();
  const { canAct } = useSession();
  const test = useMutation({ mutationFn: () => testChannel(channel.name) });
  return (
    <li className="card thing">
      <div className="thing-main">
        <strong>{channel.name}</strong> <span className="chip">{channel.kind}</span>
        <p className="muted small">
          <code>{channel.target}</code>
        </p>
        <p className="small" role="status">
          {test.data && (
            <span className="test-result" data-good={test.data.delivered || undefined}>
              <Icon name={test.data.delivered ? "check" : "warning"} size={13} /> {test.data.delivered ? t.settings.channelDelivered : t.settings.channelFailed}: {test.data.detail}
            </span>
          )}
          {test.error && <span className="test-result">{explain(t, test.error)}</span>}
        </p>
      </div>
      {canAct && (
        <Button variant="default" aria-label={`${t.settings.channelTest}: ${channel.name}`} loading={test.isPending} onClick={() => test.mutate()}>
          {t.settings.channelTest}
        </Button>
      )}
    </li>
  );
}
