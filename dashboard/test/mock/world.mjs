// The state behind the mock: incidents, people, knowledge, a chain. Made anew for each server.
import { cases, diagnosisOf, hash, stepsOf } from "./cases.mjs";

const NAMESPACES = ["shop", "payments", "search", "platform", "archive"];
const CLUSTERS = ["prod-eu-1", "prod-us-2"];
const iso = (ms) => new Date(ms).toISOString();
const hex = (text, length) => hash(text).slice(0, length);

export function createWorld({ incidents = 40, seed = "aetherius" } = {}) {
  const start = Date.now();
  const world = {
    seed,
    incidents: [],
    links: [],
    knowledge: knowledge(start),
    users: [
      { name: "mira", display_name: "Mira Okafor", project: "default", roles: ["admin"], disabled: false, created_at: iso(start - 40 * 864e5), last_seen_at: iso(start - 30e3) },
      { name: "jonas", display_name: "Jonas Weiss", project: "default", roles: ["operator"], disabled: false, created_at: iso(start - 30 * 864e5), last_seen_at: iso(start - 5 * 36e5) },
      { name: "li", display_name: "李雪", project: "default", roles: ["viewer"], disabled: false, created_at: iso(start - 12 * 864e5), last_seen_at: null },
      { name: "tomas", display_name: "Tomás Reyes", project: "default", roles: ["operator"], disabled: true, created_at: iso(start - 90 * 864e5), last_seen_at: iso(start - 60 * 864e5) },
    ],
    keys: [
      { id: "k1", name: "alertmanager-eu", roles: ["operator"], project: "default", created_by: "mira", created_at: iso(start - 20 * 864e5), last_used_at: iso(start - 12e3), revoked_at: null, prefix: "ak_3fQ9" },
      { id: "k2", name: "laptop", roles: ["viewer"], project: "default", created_by: "jonas", created_at: iso(start - 60 * 864e5), last_used_at: null, revoked_at: iso(start - 10 * 864e5), prefix: "ak_91Xc" },
    ],
    demo: { running: false, sent: 0, total: 40 },
  };
  let at = start;
  for (let n = 0; n < incidents; n += 1) {
    at -= n === 0 ? 45e3 : (3 + ((n * 7919) % 41)) * 60e3 * (incidents > 500 ? 0.2 : 1);
    world.incidents.push(incident(world, incidents - n, at, n));
  }
  for (const one of [...world.incidents].reverse().slice(-120)) recordAll(world, one);
  return world;
}

/** `n` is the order from the newest; it decides what state the incident is in. */
export function incident(world, serial, at, n) {
  const one = cases[serial % cases.length];
  const ns = NAMESPACES[serial % NAMESPACES.length];
  const id = `0193${hex(`${world.seed} ${serial}`, 4)}-${hex(`${serial}a`, 4)}-7${hex(`${serial}b`, 3)}-8${hex(`${serial}c`, 3)}-${String(serial).padStart(12, "0")}`;
  const status = n === 0 ? "running" : n === 1 ? "pending" : n % 17 === 9 ? "failed" : n % 29 === 12 ? "cancelled" : "completed";
  const took = 2400 + ((serial * 331) % 9000);
  const steps = stepsOf(one, ns, at + 600);
  const diagnosis = status === "completed" ? diagnosisOf(one, ns, steps) : null;
  const ended = ["completed", "failed", "cancelled"].includes(status);
  const error = status === "failed" ? "the cluster prod-us-2 did not answer within 30 s; check its kubeconfig" : status === "cancelled" ? "stopped by jonas" : null;
  const acknowledged = n > 5 && n % 3 !== 1;
  const labels = { alertname: one.alert, cluster: CLUSTERS[serial % 2], namespace: ns, severity: one.severity, team: ["web", "data"][serial % 2] };
  const trace = hex(`${serial}t`, 32);
  const task = {
    id, event_id: `ev-${id}`, project_id: "default", cluster_id: labels.cluster, namespace: ns, alert_name: one.alert, severity: one.severity, priority: { critical: 100, high: 50, medium: 10, low: 1 }[one.severity],
    status, created_at: iso(at), started_at: status === "pending" ? null : iso(at + 400), completed_at: ended ? iso(at + took) : null, timeout_at: iso(at + 3e5), retry_count: status === "failed" ? 3 : 0,
    context: { id: `ev-${id}`, type: "alert", source: "alertmanager", timestamp: iso(at - 30e3), cluster_id: labels.cluster, namespace: ns, severity: one.severity, labels, annotations: { summary: `${one.alert} in ${ns}`, runbook_url: "https://runbooks.internal/kube" }, fingerprint: hex(`${serial}f`, 16), raw_data: {} },
    result: diagnosis ? { diagnosis, steps } : null, error_message: error, trace_id: trace,
  };
  const summary = {
    task_id: id, status, severity: one.severity, alert_name: one.alert, cluster_id: labels.cluster, namespace: ns, title: diagnosis ? (one.summary ?? "No fault found") : error, priority: task.priority,
    created_at: task.created_at, completed_at: task.completed_at, trace_id: trace, acknowledged_by: acknowledged ? "mira" : null, acknowledged_at: acknowledged ? iso(at + 120e3) : null,
    assignee: n > 3 && n % 4 === 0 ? "jonas" : null, silenced_until: n === 4 ? iso(Date.now() + 36e5) : null, feedback: n % 7 === 6 && diagnosis ? (n % 2 ? "right" : "wrong") : null,
    repeats: n % 5 === 2 ? 1 + (serial % 12) : 0, root_cause: diagnosis?.root_cause?.rule ?? null, object: diagnosis?.root_cause ? `${one.object.kind}/${one.object.name}` : null,
  };
  const activity = acknowledged ? [{ at: summary.acknowledged_at, actor: "mira", action: "acknowledged", detail: "" }] : [];
  const comments = n === 3 ? [{ id: "c1", author: "jonas", text: "Rolled back yesterday's change of the chart, watching it.", created_at: iso(at + 200e3) }] : [];
  return { case: one, task, summary, steps, activity, comments };
}

export function view(world, one) {
  const { task, summary } = one;
  const done = task.status === "completed";
  return {
    task, summary, comments: one.comments, activity: one.activity,
    report_id: done ? { state: "available", value: `r-${task.id}` } : { state: "absent" },
    notifications: { state: "available", value: done ? [{ id: `n-${task.id}`, task_id: task.id, channel: "on-call", status: "delivered", attempts: 1, error: null, created_at: task.completed_at, delivered_at: task.completed_at }, { id: `m-${task.id}`, task_id: task.id, channel: "chat", status: "failed", attempts: 5, error: "the receiver answered 503", created_at: task.completed_at, delivered_at: null }] : [] },
    audit: { state: "available", value: world.links.filter((link) => link.subject === task.id || link.subject === task.event_id) },
    similar: world.incidents.filter((other) => other !== one && other.case === one.case && other.summary.status === "completed").slice(0, 3).map((other) => other.summary),
  };
}

export function record(world, subject, action, at = Date.now()) {
  const previous = world.links.at(-1)?.hash ?? "0".repeat(64);
  const seq = world.links.length + 1;
  world.links.push({ seq, message_id: hex(`m${seq}`, 32), action, project_id: "default", subject, trace_id: hex(subject, 32), payload_hash: hash(`p${seq}`), recorded_at: iso(at), previous_hash: previous, hash: hash(`${previous}${seq}${action}`) });
}

function recordAll(world, one) {
  const at = Date.parse(one.task.created_at);
  record(world, one.task.event_id, "event.received", at);
  record(world, one.task.id, "task.created", at + 200);
  if (one.task.status !== "completed") return;
  one.steps.forEach((_, n) => record(world, one.task.id, "step.executed", at + 800 + n * 900));
  record(world, one.task.id, "task.completed", Date.parse(one.task.completed_at));
}

export function stats(world) {
  const count = (of) => world.incidents.reduce((all, { summary }) => ({ ...all, [of(summary)]: (all[of(summary)] ?? 0) + 1 }), {});
  const half = 30 * 60e3;
  const first = Math.floor(Date.now() / half) * half - 47 * half;
  const volume = Array.from({ length: 48 }, (_, n) => ({ at: iso(first + n * half), count: 0 }));
  for (const { summary } of world.incidents) {
    const bucket = volume[Math.floor((Date.parse(summary.created_at) - first) / half)];
    if (bucket) bucket.count += 1;
  }
  const by_status = count((one) => one.status);
  return { open: (by_status.pending ?? 0) + (by_status.running ?? 0) + (by_status.scheduled ?? 0), total: world.incidents.length, by_status, by_severity: count((one) => one.severity), volume };
}

export function report(one) {
  const { task, summary } = one;
  const cause = task.result?.diagnosis.root_cause;
  const steps = one.steps.map((step) => `- \`${step.command}\` – ${step.status}`).join("\n");
  return `# ${summary.title}\n\n- **Alert**: ${summary.alert_name}\n- **Cluster**: ${summary.cluster_id}\n- **Namespace**: ${summary.namespace}\n\n## Root cause\n\n${cause?.summary ?? "No fault found."}\n\n**What to do:** ${cause?.remedy ?? "Nothing."}\n\n${(cause?.evidence ?? []).map((each) => `> ${each.shows}\n\n\`\`\`\n${each.excerpt}\n\`\`\`\n`).join("\n")}\n## What was run\n\n${steps}\n\n| step | took | exit |\n| --- | --- | --- |\n${one.steps.map((step) => `| ${step.step_id} | ${step.duration_ms} ms | ${step.exit_code} |`).join("\n")}\n`;
}

function knowledge(now) {
  const entry = (id, title, content, category, tags, usage_count, success_rate) => ({ id, title, content, category, tags, confidence: 0.7, usage_count, success_rate, created_at: iso(now - 9e8), updated_at: iso(now - 2e8), metadata: {} });
  return [
    entry("e1", "Redis was renamed in March", "The service is called `redis` since the move to the new chart.\n\n1. Look for `redis-master` in the environment of the deployment.\n2. Set `REDIS_HOST=redis` and roll out.\n", "runbook", ["redis", "shop"], 12, 0.92),
    entry("e2", "Images disappear after 30 days", "The registry removes **untagged** manifests after 30 days. Pin a digest that is tagged.\n\n```\nskopeo inspect docker://registry.internal/shop/checkout:2.14.0\n```\n", "incident", ["registry"], 4, 0.75),
    entry("e3", "The pool search is small on purpose", "Batch jobs may wait. Page only when the indexer waits for more than an hour.", "runbook", ["search", "scheduling"], 0, 0),
  ];
}
