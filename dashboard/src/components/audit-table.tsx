import { Link } from "react-router";
import type { AuditEvent } from "../api/audit";
import { useLanguage } from "../i18n";
import { absolute, clock } from "../lib/time";
import { CopyText } from "./bits";

export function AuditTable({ links, label }: { links: AuditEvent[]; label: string }) {
  const { t, language } = useLanguage();
  const now = Date.now();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t.audit.seq}</th>
            <th scope="col">{t.audit.time}</th>
            <th scope="col">{t.audit.action}</th>
            <th scope="col">{t.audit.subject}</th>
            <th scope="col">{t.audit.hash}</th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr key={link.seq}>
              <td className="number">{link.seq}</td>
              <td className="nowrap">
                <time dateTime={link.recorded_at} title={absolute(link.recorded_at, language)}>
                  {clock(link.recorded_at, language, now)}
                </time>
              </td>
              <td>
                <code>{link.action}</code>
              </td>
              <td>
                <Link to={`/audit?subject=${encodeURIComponent(link.subject)}`}>
                  <code>{shorten(link.subject)}</code>
                </Link>
              </td>
              <td>
                <CopyText text={link.hash} label={t.audit.hash}>
                  <code>{link.hash.slice(0, 10)}</code>
                </CopyText>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shorten = (id: string): string => (id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id);
