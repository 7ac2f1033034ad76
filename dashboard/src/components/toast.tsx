/** Short words about what was done, in a corner and in a live region. */
import { UnstyledButton } from "@mantine/core";
import { type ReactNode, createContext, useCallback, useContext, useMemo, useRef, useState } from "react";
import { useT } from "../i18n";
import { Icon } from "./icons";
import { explain } from "./states";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

interface Toaster {
  done: (text: string) => void;
  failed: (error: unknown) => void;
}

const Context = createContext<Toaster>({ done: () => {}, failed: () => {} });
export const useToast = (): Toaster => useContext(Context);

const DONE_MS = 4000;
const FAILED_MS = 12_000;
const SHOWN_MAX = 3;

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useT();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const last = useRef(0);
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (text: string, bad: boolean) => {
      const id = ++last.current;
      setToasts((all) => [...all, { id, text, bad }].slice(-SHOWN_MAX));
      window.setTimeout(() => close(id), bad ? FAILED_MS : DONE_MS);
    },
    [close],
  );
  const value = useMemo(
    () => ({ done: (text: string) => show(text, false), failed: (error: unknown) => show(`${t.error.action}: ${explain(t, error)}`, true) }),
    [show, t],
  );
  return (
    <Context value={value}>
      {children}
      <div className="toasts" role="region" aria-live="polite" aria-label={t.common.status}>
        {toasts.map((toast) => (
          <div key={toast.id} className="toast" data-bad={toast.bad || undefined}>
            <Icon name={toast.bad ? "warning" : "check"} />
            <span>{toast.text}</span>
            <UnstyledButton aria-label={t.app.close} onClick={() => close(toast.id)}>
              <Icon name="close" size={14} />
            </UnstyledButton>
          </div>
        ))}
      </div>
    </Context>
  );
}
