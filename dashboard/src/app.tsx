import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Suspense, lazy } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { ApiError } from "./api/http";
import { Boundary, Empty, Loading } from "./components/states";
import { Shell } from "./components/shell";
import { ToastProvider } from "./components/toast";
import { LanguageProvider, useT } from "./i18n";
import { SignIn } from "./pages/sign-in";
import { Incidents } from "./pages/incidents";
import { theme } from "./theme";

// The list is where people begin; the rest comes when it is wanted.
const Incident = lazy(() => import("./pages/incident"));
const Queue = lazy(() => import("./pages/queue"));
const Knowledge = lazy(() => import("./pages/knowledge"));
const Gateway = lazy(() => import("./pages/gateway"));
const Audit = lazy(() => import("./pages/audit"));
const Settings = lazy(() => import("./pages/settings"));

/** What a person did wrong will be wrong again; what passes is tried again. */
function retry(failures: number, error: unknown): boolean {
  return failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500);
}

const client = new QueryClient({
  defaultOptions: { queries: { retry, staleTime: 15_000, refetchOnWindowFocus: false, networkMode: "always" }, mutations: { networkMode: "always" } },
});

export function App() {
  return (
    <LanguageProvider>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <ToastProvider>
            <BrowserRouter basename="/ui">
              <Pages />
            </BrowserRouter>
          </ToastProvider>
        </QueryClientProvider>
      </MantineProvider>
    </LanguageProvider>
  );
}

function Pages() {
  const t = useT();
  return (
    <Boundary title={t.error.crashed} action={t.error.reload}>
      <Suspense fallback={<Loading />}>
        <Routes>
          <Route path="/sign-in" element={<SignIn />} />
          <Route element={<Shell />}>
            <Route index element={<Navigate to="/incidents" replace />} />
            <Route path="/incidents" element={<Incidents />} />
            <Route path="/incidents/:id" element={<Incident />} />
            <Route path="/queue" element={<Queue />} />
            <Route path="/knowledge" element={<Knowledge />} />
            <Route path="/gateway" element={<Gateway />} />
            <Route path="/audit" element={<Audit />} />
            <Route path="/settings" element={<Settings />} />
            <Route path="/settings/:tab" element={<Settings />} />
            <Route path="*" element={<Nowhere />} />
          </Route>
        </Routes>
      </Suspense>
    </Boundary>
  );
}

function Nowhere() {
  const t = useT();
  return (
    <Empty icon="search" title={t.app.notFound}>
      <a href="/ui/incidents">{t.app.home}</a>
    </Empty>
  );
}
