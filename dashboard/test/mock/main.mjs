// `npm run mock`: the dashboard with made-up data on http://127.0.0.1:4173, user mira, password "correct horse battery".
import { TOKEN, startMock } from "./server.mjs";

const mock = await startMock({ port: Number(process.env.PORT ?? 4173), incidents: Number(process.env.INCIDENTS ?? 40) });
console.log(`${mock.url}/ui/  (mira, "correct horse battery"; token ${TOKEN})`);
if (process.env.ALERTS_EVERY_MS) setInterval(() => mock.arrive(), Number(process.env.ALERTS_EVERY_MS));
