// A server that answers the API from a made-up world, for unit tests, browser tests and looking at pages.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { diagnosisOf } from "./cases.mjs";
import { routes } from "./routes.mjs";
import { createWorld, incident, record } from "./world.mjs";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
const FRAMES_KEPT = 2000;
export const TOKEN = "mock-admin-token";

export function startMock({ port = 0, ...options } = {}) {
  const mock = {
    world: createWorld(options),
    sessions: new Map(),
    frames: [],
    cursor: 0,
    forgotten: 0,
    refuse: null,
    requests: [],
    tell(frame) {
      mock.cursor += 1;
      const full = { ...frame, cursor: mock.cursor };
      mock.frames.push(full);
      if (mock.frames.length > FRAMES_KEPT) mock.frames.shift();
      for (const client of sockets.clients) client.send(JSON.stringify(full));
    },
    changed: (one) => mock.tell({ type: "incident", summary: one.summary }),
    arrive: (live = true) => arrive(mock, live),
    drop: () => sockets.clients.forEach((client) => client.terminate()),
    forget() {
      mock.frames = [];
      mock.forgotten = mock.cursor;
    },
  };
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => void answer(mock, request, response));
  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url, "http://mock");
    if (url.pathname !== "/api/api/v1/live" || !who(mock, request) || mock.refuse?.live) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => greet(mock, client, url.searchParams.get("cursor")));
  });
  const pings = setInterval(() => sockets.clients.forEach((client) => client.send(JSON.stringify({ type: "ping", cursor: mock.cursor }))), 15_000);
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      mock.url = `http://127.0.0.1:${server.address().port}`;
      mock.close = () => {
        clearInterval(pings);
        mock.drop();
        server.close();
        server.closeAllConnections();
      };
      resolve(mock);
    });
  });
}

function greet(mock, client, cursor) {
  client.send(JSON.stringify({ type: "hello", cursor: cursor ? Number(cursor) : mock.cursor }));
  if (!cursor) return;
  if (Number(cursor) < mock.forgotten) client.send(JSON.stringify({ type: "reset", cursor: mock.cursor }));
  else for (const frame of mock.frames) if (Number(frame.cursor) > Number(cursor)) client.send(JSON.stringify(frame));
}

export function who(mock, request) {
  const cookie = /aetherius_token=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const token = cookie ?? request.headers.authorization?.replace(/^Bearer /, "");
  if (token === TOKEN) return { name: "admin", display_name: "Administrator", project: "default", roles: ["admin"], kind: "key" };
  return mock.sessions.get(token) ?? null;
}

export function problem(response, status, code, detail) {
  response.writeHead(status, { "content-type": "application/problem+json", "x-request-id": "4bf92f3577b34da6a3ce929d0e0e4736" });
  response.end(JSON.stringify({ type: "about:blank", title: code, status, code, detail }));
}

async function answer(mock, request, response) {
  const url = new URL(request.url, "http://mock");
  const path = url.pathname;
  if (path === "/" || path === "/ui") return response.writeHead(303, { location: "/ui/" }).end();
  if (path.startsWith("/ui/")) return file(response, path.slice(4));
  if (path === "/mock/control") return control(mock, url, response);
  mock.requests.push(`${request.method} ${path}`);
  if (mock.refuse?.path && path.startsWith(mock.refuse.path)) return problem(response, mock.refuse.status, "unavailable", "the orchestrator does not answer; is it running?");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const me = who(mock, request);
  if (!path.startsWith("/auth/") && !me) return problem(response, 401, "unauthenticated", "send a token");
  const body = text ? JSON.parse(text) : {};
  for (const [method, pattern, handle, role] of routes) {
    const found = method === request.method && pattern.exec(path);
    if (!found) continue;
    const rank = (roles) => Math.max(...roles.map((one) => ["viewer", "operator", "admin"].indexOf(one)));
    if (role && rank(me.roles) < rank([role])) return problem(response, 403, "forbidden", `this needs the role ${role}`);
    return handle({ mock, world: mock.world, request, response, me, body, url, params: found.slice(1).map(decodeURIComponent), problem: (...words) => problem(response, ...words) });
  }
  problem(response, 404, "not_found", `there is no ${path}`);
}

/** What tests do behind the page's back. */
function control(mock, url, response) {
  const what = url.searchParams.get("do");
  if (what === "drop") mock.drop();
  if (what === "forget") mock.forget();
  if (what === "arrive") mock.arrive(url.searchParams.get("live") !== "no");
  if (what === "refuse") mock.refuse = { path: url.searchParams.get("path"), status: Number(url.searchParams.get("status") ?? 503), live: url.searchParams.has("live") };
  if (what === "allow") mock.refuse = null;
  if (what === "world") mock.world = createWorld({ incidents: Number(url.searchParams.get("incidents")) });
  if (what === "expire") mock.sessions.clear();
  if (what === "break") mock.world.broken = true;
  response.end("{}");
}

function file(response, name) {
  const path = join(DIST, normalize(name));
  const found = path.startsWith(DIST) && existsSync(path) && statSync(path).isFile() ? path : join(DIST, "index.html");
  const fixed = found.includes("/assets/");
  response.writeHead(200, { "content-type": TYPES[extname(found)] ?? "application/octet-stream", "content-security-policy": POLICY, "cache-control": fixed ? "public, max-age=31536000, immutable" : "no-cache" });
  createReadStream(found).pipe(response);
}

/** An alert comes in and is worked on: a step now and then, then the diagnosis. */
function arrive(mock, live) {
  const serial = mock.world.incidents.length + 1;
  const one = incident(mock.world, serial, Date.now(), live ? 1 : 2);
  mock.world.incidents.unshift(one);
  record(mock.world, one.task.event_id, "event.received");
  record(mock.world, one.task.id, "task.created");
  mock.changed(one);
  if (!live) return one;
  const set = (part, also = {}) => {
    Object.assign(one.task, part, also);
    Object.assign(one.summary, part);
    mock.changed(one);
  };
  setTimeout(() => set({ status: "running" }, { started_at: new Date().toISOString() }), 400);
  one.steps.forEach((step, n) =>
    setTimeout(() => {
      step.timestamp = new Date().toISOString();
      mock.tell({ type: "step", task_id: one.task.id, step: { ...step, output: "" } });
      record(mock.world, one.task.id, "step.executed");
    }, 900 + n * 700),
  );
  setTimeout(
    () => {
      const { case: known, steps, task } = one;
      const diagnosis = diagnosisOf(known, task.namespace, steps);
      const cause = diagnosis.root_cause;
      one.summary.title = cause?.summary ?? "No fault found";
      one.summary.root_cause = cause?.rule ?? null;
      one.summary.object = cause ? `${cause.object.kind}/${cause.object.name}` : null;
      set({ status: "completed", completed_at: new Date().toISOString() }, { result: { diagnosis, steps } });
      record(mock.world, task.id, "task.completed");
    },
    1400 + one.steps.length * 700,
  );
  return one;
}
