/** Reports as they are rendered by `services/reports`. */
import { requestText } from "./http";

export const reportUrl = (id: string, format: "markdown" | "html" | "json") =>
  `/api/reports/v1/reports/${encodeURIComponent(id)}/render?format=${format}`;

export const reportMarkdown = (id: string, signal?: AbortSignal) => requestText(reportUrl(id, "markdown"), "text/markdown", signal);
