/** Volume as bars: how many incidents in each half hour. */
import { useState } from "react";
import type { Stats } from "../api/incidents";
import { useLanguage } from "../i18n";
import { clock } from "../lib/time";

const WIDTH = 288;
const HEIGHT = 40;
const GAP = 1.5;

export function Sparkline({ volume }: { volume: Stats["volume"] }) {
  const { t, language } = useLanguage();
  const [pointed, point] = useState<number | null>(null);
  const total = volume.reduce((sum, bucket) => sum + bucket.count, 0);
  const peak = Math.max(1, ...volume.map((bucket) => bucket.count));
  const step = WIDTH / Math.max(1, volume.length);
  const bucket = pointed === null ? undefined : volume[pointed];
  return (
    <figure className="sparkline">
      <figcaption>
        <span>{t.incidents.volume}</span>
        <span className="number">{bucket ? t.incidents.bucket(clock(bucket.at, language, Date.now()), bucket.count) : total}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t.incidents.volumeLabel(total, total === 0 ? 0 : peak)} onPointerLeave={() => point(null)}>
        {volume.map(({ at, count }, index) => {
          const height = count === 0 ? 1 : Math.max(3, (count / peak) * HEIGHT);
          return (
            <g key={at} onPointerEnter={() => point(index)}>
              <rect x={index * step} y={0} width={step} height={HEIGHT} fill="transparent" />
              <rect className="bar" data-none={count === 0 || undefined} data-pointed={index === pointed || undefined} x={index * step + GAP / 2} y={HEIGHT - height} width={step - GAP} height={height} rx={1} />
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

/** A line of the last values, for what flows. */
export function Trend({ values, label }: { values: readonly number[]; label: string }) {
  const peak = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const line = values.length === 1 ? [...values, ...values] : values;
  const points = line.map((value, index) => `${(index * step).toFixed(1)},${(HEIGHT - (value / peak) * (HEIGHT - 2) - 1).toFixed(1)}`);
  return (
    <svg className="trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {points.length > 1 && <polyline points={points.join(" ")} />}
    </svg>
  );
}
