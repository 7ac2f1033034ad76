import { Kbd, Modal } from "@mantine/core";
import { useT } from "../i18n";
import type { Dictionary } from "../i18n";

type Place = keyof Omit<Dictionary["nav"], "reference">;

export function KeysHelp({ opened, close, places }: { opened: boolean; close: () => void; places: readonly (readonly [Place, string])[] }) {
  const t = useT();
  const list: [string[], string][] = [
    [["j", "↓"], t.keys.next],
    [["k", "↑"], t.keys.previous],
    [["Enter"], t.keys.open],
    [["a"], t.keys.acknowledge],
    [["/"], t.keys.search],
    [["u"], t.keys.back],
    [["?"], t.keys.help],
  ];
  return (
    <Modal opened={opened} onClose={close} title={t.keys.title} closeButtonProps={{ "aria-label": t.app.close }}>
      <dl className="keys">
        {list.map(([keys, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
        {places.map(([place, key]) => (
          <div key={place}>
            <dt>
              {t.keys.go}: {t.nav[place]}
            </dt>
            <dd>
              <Kbd>g</Kbd> {t.keys.then} <Kbd>{key}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
