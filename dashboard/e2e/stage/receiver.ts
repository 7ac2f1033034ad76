/** Somebody who is notified: keeps what is posted, and tells it to those who ask. */
import { createServer } from "node:http";

export function startReceiver(): Promise<{ url: string; stop: () => Promise<void> }> {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    if (request.method !== "POST") {
      response.end(JSON.stringify(heard));
      return;
    }
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      heard.push(JSON.parse(Buffer.concat(pieces).toString("utf8")));
      response.end();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const stop = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}/hook`, stop });
    });
  });
}
