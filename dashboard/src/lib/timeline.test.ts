import { expect, test } from "vitest";
import { step, summary } from "../../test/fixtures";
import type { IncidentView } from "../api/incidents";
import { expected } from "./actions";
import { moments } from "./timeline";

test("what the task, its steps and people tell becomes one line of time", () => {
  const view = {
    task: { created_at: "2026-03-04T05:06:07Z", started_at: "2026-03-04T05:06:07.5Z", completed_at: "2026-03-04T05:06:10Z" },
    activity: [{ at: "2026-03-04T05:06:09Z", actor: "mira", action: "acknowledged", detail: "" }],
  } as unknown as IncidentView;
  expect(moments(view, [step()]).map((moment) => moment.kind)).toEqual(["created", "started", "step", "activity", "ended"]);
});

test("an action shows at once what it will come to", () => {
  const now = "2026-03-04T06:00:00.000Z";
  const before = summary();
  expect(expected(before, { kind: "acknowledge" }, "mira", now)).toMatchObject({ acknowledged_by: "mira", acknowledged_at: now });
  expect(expected(before, { kind: "assign", assignee: "jonas" }, "mira", now).assignee).toBe("jonas");
  expect(expected(before, { kind: "silence", minutes: 60, reason: "" }, "mira", now).silenced_until).toBe("2026-03-04T07:00:00.000Z");
  expect(expected(before, { kind: "comment", text: "x" }, "mira", now)).toBe(before);
});
