// What each path of the mock answers: [method, path, handler, least role].
import { randomBytes } from "node:crypto";
import { record, report, stats, view } from "./world.mjs";
import { TOKEN } from "./server.mjs";

const json = (response, value, status = 200, headers = {}) => response.writeHead(status, { "content-type": "application/json", "x-request-id": randomBytes(16).toString("hex"), ...headers }).end(JSON.stringify(value));
const none = (response, headers = {}) => response.writeHead(204, headers).end();
const INCIDENTS = "/api/api/v1/incidents";
const PASSWORDS = { mira: "correct horse battery", jonas: "correct horse battery", li: "correct horse battery" };

function enter({ mock, response }, user, kind) {
  const token = kind === "key" ? TOKEN : randomBytes(16).toString("hex");
  const me = { ...user, kind };
  if (kind === "user") mock.sessions.set(token, me);
  const cookies = [`aetherius_token=${token}; HttpOnly; SameSite=Lax; Path=/`];
  if (kind === "user") cookies.push(`aetherius_refresh=${user.name}; HttpOnly; SameSite=Strict; Path=/auth`);
  json(response, { access_token: token, token_type: "Bearer", expires_in: 900, user: me }, 200, { "set-cookie": cookies });
}

const meOf = ({ name, display_name, project, roles }) => ({ name, display_name, project, roles });

function login(context) {
  const { body, world, problem } = context;
  if (body.token === TOKEN) return enter(context, { name: "admin", display_name: "Administrator", project: "default", roles: ["admin"] }, "key");
  const user = world.users.find((one) => one.name === body.username);
  if (!user || user.disabled || PASSWORDS[user.name] !== body.password) return problem(401, "unauthenticated", "name and password do not fit");
  enter(context, meOf(user), "user");
}

function refresh(context) {
  const name = /aetherius_refresh=([^;]+)/.exec(context.request.headers.cookie ?? "")?.[1];
  const user = context.world.users.find((one) => one.name === name);
  if (!user) return context.problem(401, "unauthenticated", "sign in");
  enter(context, meOf(user), "user");
}

function list({ world, url, response }) {
  const wanted = Object.fromEntries(url.searchParams);
  const words = (wanted.q ?? "").toLowerCase().split(/\s+/);
  const fits = ({ summary: one }) =>
    (!wanted.status || (wanted.status === "open" ? ["pending", "scheduled", "running"].includes(one.status) : one.status === wanted.status)) &&
    (!wanted.severity || one.severity === wanted.severity) &&
    (!wanted.namespace || one.namespace === wanted.namespace) &&
    (!wanted.assignee || one.assignee === wanted.assignee) &&
    (!wanted.acknowledged || String(one.acknowledged_at !== null) === wanted.acknowledged) &&
    words.every((word) => [one.alert_name, one.title, one.object].join(" ").toLowerCase().includes(word));
  const all = world.incidents.filter(fits);
  const from = wanted.after ? all.findIndex((one) => one.summary.task_id === wanted.after) + 1 : 0;
  const limit = Number(wanted.limit ?? 50);
  const items = all.slice(from, from + limit).map((one) => one.summary);
  json(response, { items, next: from + limit < all.length ? items.at(-1).task_id : null });
}

/** An action on an incident: `change` says what becomes of the summary. */
const action = (method, tail, name, change) => [
  method,
  new RegExp(`^${INCIDENTS}/([^/]+)${tail}$`),
  (context) => {
    const one = context.world.incidents.find((other) => other.task.id === context.params[0]);
    if (!one) return context.problem(404, "not_found", "there is no such incident");
    const detail = change(one, context) ?? "";
    one.activity.push({ at: new Date().toISOString(), actor: context.me.name, action: name, detail });
    record(context.world, one.task.id, `incident.${name}`);
    context.mock.changed(one);
    json(context.response, one.summary);
  },
  "operator",
];

const now = () => new Date().toISOString();
const find = (world, id) => world.incidents.find((one) => one.task.id === id);

export const routes = [
  ["POST", /^\/auth\/login$/, login],
  ["POST", /^\/auth\/refresh$/, refresh],
  ["POST", /^\/auth\/logout$/, ({ response }) => none(response, { "set-cookie": ["aetherius_token=; Max-Age=0; Path=/", "aetherius_refresh=; Max-Age=0; Path=/auth"] })],
  ["GET", /^\/api\/identity\/v1\/me$/, ({ me, response }) => json(response, me)],
  ["POST", /^\/api\/identity\/v1\/me\/password$/, ({ body, me, response, problem }) => (PASSWORDS[me.name] === body.old ? none(response) : problem(422, "invalid_body", "`old` is not your password"))],
  ["GET", /^\/api\/identity\/v1\/users$/, ({ world, response }) => json(response, { items: world.users, next: null }), "admin"],
  [
    "POST",
    /^\/api\/identity\/v1\/users$/,
    ({ world, body, response, problem }) => {
      if (world.users.some((user) => user.name === body.name)) return problem(409, "conflict", `there is a user ${body.name} already`);
      const user = { name: body.name, display_name: body.display_name, project: "default", roles: body.roles, disabled: false, created_at: now(), last_seen_at: null };
      world.users.push(user);
      json(response, user, 201);
    },
    "admin",
  ],
  ["PATCH", /^\/api\/identity\/v1\/users\/([^/]+)$/, ({ world, body, params, response }) => json(response, Object.assign(world.users.find((user) => user.name === params[0]), body)), "admin"],
  ["DELETE", /^\/api\/identity\/v1\/users\/([^/]+)$/, ({ world, params, response }) => ((world.users = world.users.filter((user) => user.name !== params[0])), none(response)), "admin"],
  ["GET", /^\/api\/identity\/v1\/keys$/, ({ world, response }) => json(response, { items: world.keys, next: null }), "admin"],
  [
    "POST",
    /^\/api\/identity\/v1\/keys$/,
    ({ world, body, me, response }) => {
      const key = `ak_${randomBytes(20).toString("hex")}`;
      const kept = { id: `k${world.keys.length + 1}`, name: body.name, roles: body.roles, project: "default", created_by: me.name, created_at: now(), last_used_at: null, revoked_at: null, prefix: key.slice(0, 7) };
      world.keys.unshift(kept);
      json(response, { ...kept, key }, 201);
    },
    "admin",
  ],
  ["DELETE", /^\/api\/identity\/v1\/keys\/([^/]+)$/, ({ world, params, response }) => ((world.keys.find((key) => key.id === params[0]).revoked_at = now()), none(response)), "admin"],
  ["GET", new RegExp(`^${INCIDENTS}$`), list],
  ["GET", new RegExp(`^${INCIDENTS}/stats$`), ({ world, response }) => json(response, stats(world))],
  ["GET", new RegExp(`^${INCIDENTS}/([^/]+)$`), ({ world, params, response, problem }) => (find(world, params[0]) ? json(response, view(world, find(world, params[0]))) : problem(404, "not_found", "there is no such incident"))],
  action("POST", "/acknowledge", "acknowledged", (one, { me }) => void Object.assign(one.summary, { acknowledged_by: me.name, acknowledged_at: now() })),
  action("DELETE", "/acknowledge", "unacknowledged", (one) => void Object.assign(one.summary, { acknowledged_by: null, acknowledged_at: null })),
  action("PUT", "/assignee", "assigned", (one, { body }) => ((one.summary.assignee = body.assignee), body.assignee)),
  action("POST", "/comments", "commented", (one, { body, me }) => void one.comments.push({ id: randomBytes(4).toString("hex"), author: me.name, text: body.text, created_at: now() })),
  action("POST", "/silence", "silenced", (one, { body }) => ((one.summary.silenced_until = new Date(Date.now() + body.minutes * 60e3).toISOString()), body.reason)),
  action("DELETE", "/silence", "unsilenced", (one) => void (one.summary.silenced_until = null)),
  action("PUT", "/feedback", "feedback", (one, { body }) => ((one.summary.feedback = body.verdict), body.cause ?? body.verdict)),
  action("POST", "/retry", "retried", (one) => {
    Object.assign(one.summary, { status: "pending", title: null, completed_at: null });
    Object.assign(one.task, { status: "pending", completed_at: null, result: null });
  }),
  action("POST", "/cancel", "cancelled", (one, { me }) => {
    Object.assign(one.summary, { status: "cancelled", title: `stopped by ${me.name}`, completed_at: now() });
    Object.assign(one.task, { status: "cancelled", error_message: `stopped by ${me.name}`, completed_at: now() });
  }),
  ["GET", /^\/api\/api\/v1\/demo$/, ({ world, response }) => json(response, world.demo)],
  ["POST", /^\/api\/api\/v1\/demo$/, startDemo, "operator"],
  ["DELETE", /^\/api\/api\/v1\/demo$/, ({ world, response }) => ((world.demo.running = false), none(response)), "operator"],
  ["GET", /^\/api\/api\/v1\/gateway$/, ({ response }) => json(response, gateway())],
  ["GET", /^\/api\/orchestrator\/v1\/queue\/status$/, ({ world, response }) => json(response, queue(world))],
  ["GET", /^\/api\/orchestrator\/v1\/tasks$/, ({ world, url, response }) => json(response, { items: world.incidents.map((one) => one.task).filter((task) => task.status === url.searchParams.get("status")), next: null })],
  [
    "GET",
    /^\/api\/execution\/v1\/outputs\/([^/]+)$/,
    ({ world, params, response, problem }) => {
      const step = world.incidents.flatMap((one) => one.steps).find((one) => one.output_hash === params[0]);
      if (!step) return problem(404, "not_found", "there is no such output");
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(step.output);
    },
  ],
  ["GET", /^\/api\/reports\/v1\/reports\/r-([^/]+)\/render$/, ({ world, params, response }) => response.writeHead(200, { "content-type": "text/markdown; charset=utf-8" }).end(report(find(world, params[0])))],
  ["GET", /^\/api\/knowledge\/v1\/knowledge$/, ({ world, response }) => json(response, { items: world.knowledge, next: null })],
  ["POST", /^\/api\/knowledge\/v1\/knowledge$/, ({ world, body, response }) => (world.knowledge.unshift({ id: randomBytes(4).toString("hex"), usage_count: 0, success_rate: 0, created_at: now(), updated_at: now(), metadata: {}, ...body }), json(response, world.knowledge[0], 201)), "operator"],
  ["PUT", /^\/api\/knowledge\/v1\/knowledge\/([^/]+)$/, ({ world, params, body, response }) => json(response, Object.assign(world.knowledge.find((one) => one.id === params[0]), body, { updated_at: now() })), "operator"],
  ["DELETE", /^\/api\/knowledge\/v1\/knowledge\/([^/]+)$/, ({ world, params, response }) => ((world.knowledge = world.knowledge.filter((one) => one.id !== params[0])), none(response)), "operator"],
  ["POST", /^\/api\/knowledge\/v1\/search$/, ({ world, body, response }) => json(response, world.knowledge.filter((one) => `${one.title} ${one.content}`.toLowerCase().includes(body.text.toLowerCase())).map((entry, n) => ({ entry, score: 0.9 - n * 0.1 })))],
  [
    "GET",
    /^\/api\/audit\/v1\/audit$/,
    ({ world, url, response }) => {
      const { subject, after = "0", limit = "200" } = Object.fromEntries(url.searchParams);
      json(response, world.links.filter((link) => link.seq > Number(after) && (!subject || link.subject === subject)).slice(0, Number(limit)));
    },
  ],
  ["GET", /^\/api\/audit\/v1\/audit\/verify$/, ({ world, response }) => json(response, { intact: !world.broken, links: world.links.length, broken_at: world.broken ? 117 : null, head: world.links.at(-1)?.hash ?? "0".repeat(64) })],
  ["GET", /^\/api\/notifications\/v1\/channels$/, ({ response }) => json(response, { items: [{ name: "on-call", kind: "webhook", target: "https://pager.internal/hook", min_severity: "high" }, { name: "chat", kind: "slack", target: "https://chat.internal/…", min_severity: "low" }, { name: "log", kind: "log", target: "log", min_severity: null }] })],
  ["POST", /^\/api\/notifications\/v1\/channels\/([^/]+)\/test$/, ({ params, response }) => json(response, params[0] === "chat" ? { delivered: false, detail: "the receiver answered 503 after 5 attempts" } : { delivered: true, detail: "answered 200 in 41 ms" }), "operator"],
];

function startDemo({ mock, world, response }) {
  Object.assign(world.demo, { running: true, sent: 0, total: 6 });
  const timer = setInterval(() => {
    if (!world.demo.running || mock.world !== world) return clearInterval(timer);
    mock.arrive();
    world.demo.sent += 1;
    if (world.demo.sent >= world.demo.total) world.demo.running = false;
  }, 500);
  json(response, world.demo, 202);
}

function queue(world) {
  const count = (status) => world.incidents.filter((one) => one.task.status === status).length;
  const waiting = world.incidents.filter((one) => one.task.status === "pending").at(-1);
  return { pending: count("pending"), scheduled: count("scheduled"), running: count("running"), workers: 4, oldest_pending: waiting?.task.created_at ?? null };
}

function gateway() {
  const wave = Math.sin(Date.now() / 9000);
  const endpoint = (name, more = {}) => ({ target: `unix:data/run/${name}.sock`, healthy: true, health: "healthy", in_flight: Math.round(2 + wave), connections: 4, latency_ms: 1.4 + wave * 0.3, ...more });
  const names = ["platform", "events", "orchestrator", "reasoning", "knowledge", "execution", "reports", "notifications", "audit", "api", "identity"];
  return {
    state: "available",
    reason: null,
    version: "0.5.0",
    uptime_s: 86_400,
    listeners: [{ address: "127.0.0.1:8080", tls: false }],
    routes: [
      { name: "health", hosts: [], path: "/health", methods: ["GET"], cluster: "platform", auth_required: false },
      { name: "webhook", hosts: [], path: "/webhook", methods: [], cluster: "events", auth_required: true },
      { name: "ui", hosts: [], path: "/ui", methods: [], cluster: "api", auth_required: false },
      ...names.slice(1).map((name) => ({ name: `api-${name}`, hosts: [], path: `/api/${name}`, methods: [], cluster: name, auth_required: true })),
    ],
    clusters: names.map((name) => ({ name, endpoints: [endpoint(name, name === "knowledge" ? { healthy: false, health: "unhealthy" } : {})] })),
    traffic: { requests_per_s: 41.3 + wave * 12, errors_per_s: 0.2, refusals_per_s: 0.7, mean_ms: 3.1, connections: 63 },
  };
}
