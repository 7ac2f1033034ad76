import "@mantine/core/styles.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/incident.css";
import "./styles/pages.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
