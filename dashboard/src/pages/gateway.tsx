/** The gateway now: what passes, where it goes, and whether that is well. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type GatewayCluster, type GatewayStatus, type GatewayTraffic, gateway } from "../api/gateway";
import { PageTitle, Section } from "../components/bits";
import { Trend } from "../components/sparkline";
import { Empty, Loaded } from "../components/states";
import { useLanguage, useT } from "../i18n";
import { keys } from "../lib/keys";
import { number } from "../lib/time";
import { useTitle } from "../lib/title";

const REFRESH_MS = 3000;
const KEPT = 100;

export default function Gateway() {
  const t = useT();
  useTitle(t.gateway.title);
  const query = useQuery({ queryKey: keys.gateway, queryFn: ({ signal }) => gateway(signal), refetchInterval: REFRESH_MS });
  return (
    <>
      <PageTitle title={t.gateway.title} lead={query.data?.version ? [t.gateway.version(query.data.version), ...query.data.listeners.map((one) => one.address)].join(" · ") : undefined} />
      <Loaded query={query} rows={4} height={90}>
        {(status) =>
          status.state === "unavailable" ? (
            <Empty icon="warning" title={t.gateway.unavailable} hint={status.reason ?? undefined} />
          ) : (
            <>
              {status.traffic && <Traffic traffic={status.traffic} />}
              <Clusters clusters={status.clusters} />
              <RouteTable status={status} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Traffic({ traffic }: { traffic: GatewayTraffic }) {
  const { t, language } = useLanguage();
  const seen = useRef<GatewayTraffic | null>(null);
  const [history, setHistory] = useState<number[]>([]);
  useEffect(() => {
    if (seen.current === traffic) return;
    seen.current = traffic;
    setHistory((last) => [...last, traffic.requests_per_s].slice(-KEPT));
  }, [traffic]);
  const rate = (value: number) => number(Math.round(value * 10) / 10, language);
  return (
    <Section title={t.gateway.now}>
      <dl className="tiles">
        <div className="tile tile-wide">
          <dt>{t.gateway.requests}</dt>
          <dd>
            <span className="number big">{rate(traffic.requests_per_s)}</span>
            <Trend values={history} label={t.gateway.trend} />
          </dd>
        </div>
        <div className="tile" data-bad={traffic.errors_per_s > 0 || undefined}>
          <dt>{t.gateway.errors}</dt>
          <dd>
            <span className="number big">{rate(traffic.errors_per_s)}</span>
          </dd>
        </div>
        {typeof traffic.refusals_per_s === "number" && <Tile name={t.gateway.refusals} value={rate(traffic.refusals_per_s)} />}
        {typeof traffic.mean_ms === "number" && <Tile name={t.gateway.mean} value={`${rate(traffic.mean_ms)} ms`} />}
        {typeof traffic.connections === "number" && <Tile name={t.gateway.connections} value={number(traffic.connections, language)} />}
      </dl>
    </Section>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>
        <span className="number big">{value}</span>
      </dd>
    </div>
  );
}

function Clusters({ clusters }: { clusters: GatewayCluster[] }) {
  const t = useT();
  return (
    <Section title={t.gateway.clusters}>
      <ul className="clusters">
        {clusters.map((cluster) => {
          const up = cluster.endpoints.filter((endpoint) => endpoint.healthy).length;
          const all = cluster.endpoints.length;
          return (
            <li key={cluster.name} className="card cluster" data-bad={up < all || undefined}>
              <div className="cluster-head">
                <h3>{cluster.name}</h3>
                <span className="muted small">{t.gateway.healthOf(up, all)}</span>
              </div>
              <ul>
                {cluster.endpoints.map((endpoint) => (
                  <li key={endpoint.target}>
                    <span className="health" data-health={endpoint.healthy ? "healthy" : endpoint.health}>
                      {endpoint.healthy ? t.gateway.healthy : endpoint.health === "ejected" ? t.gateway.ejected : t.gateway.unhealthy}
                    </span>
                    <code>{endpoint.target}</code>
                    <span className="muted small number">
                      {typeof endpoint.in_flight === "number" && `${t.gateway.inFlight} ${endpoint.in_flight}`}
                      {typeof endpoint.latency_ms === "number" && ` · ${endpoint.latency_ms.toFixed(1)} ms`}
                    </span>
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function RouteTable({ status }: { status: GatewayStatus }) {
  const t = useT();
  return (
    <Section title={t.gateway.routes}>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={t.gateway.routes}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t.gateway.route}</th>
              <th scope="col">{t.gateway.path}</th>
              <th scope="col">{t.gateway.cluster}</th>
              <th scope="col">{t.gateway.access}</th>
            </tr>
          </thead>
          <tbody>
            {status.routes.map((route) => (
              <tr key={route.name}>
                <th scope="row">{route.name}</th>
                <td>
                  {(route.methods?.length ?? 0) > 0 && <span className="muted small">{route.methods?.join(" ")} </span>}
                  <code>{route.path}</code>
                </td>
                <td>{route.cluster}</td>
                <td>{route.auth_required === undefined ? "–" : route.auth_required ? t.gateway.protected : t.gateway.public}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
