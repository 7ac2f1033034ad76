/** Where nothing has arrived yet: the demo, and how to send alerts. */
import { StartDemo } from "../../components/demo";
import { CopyText } from "../../components/bits";
import { Icon } from "../../components/icons";
import { useT } from "../../i18n";
import { useSession } from "../../lib/session";

const receiver = (origin: string) => `receivers:
  - name: aetherius
    webhook_configs:
      - url: ${origin}/webhook/alertmanager
        send_resolved: true
        http_config:
          authorization:
            credentials_file: /srv/aetherius/data/webhook-token
`;

export function FirstSteps() {
  const t = useT();
  const { canAct } = useSession();
  const text = receiver(location.origin);
  return (
    <div className="first-steps">
      <Icon name="quiet" size={32} />
      <h2>{t.empty.title}</h2>
      <p className="muted">{t.empty.lead}</p>
      {canAct ? <StartDemo /> : <p className="muted">{t.empty.viewer}</p>}
      <section className="connect" aria-labelledby="connect">
        <div className="section-head">
          <h3 id="connect">{t.empty.connect}</h3>
          <CopyText text={text} label="alertmanager.yml">
            {t.common.copy}
          </CopyText>
        </div>
        <p className="muted small">{t.empty.connectHint}</p>
        <pre tabIndex={0} role="group" aria-label="alertmanager.yml">
          <code>{text}</code>
        </pre>
      </section>
    </div>
  );
}
