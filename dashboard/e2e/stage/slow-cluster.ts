/**
 * A cluster that answers when a test lets it: the real program asks a kubectl of ours, which waits for a file. What is worked on can
 * so be looked at, and stopped, without racing it.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In the form of `services.execution.clusters`. */
export function slowCluster(dir: string): { config: string; gates: string } {
  const gates = join(dir, "gates");
  mkdirSync(gates, { recursive: true });
  const [kubectl, kubeconfig] = [join(dir, "kubectl"), join(dir, "kubeconfig")];
  writeFileSync(
    kubectl,
    `#!/bin/sh
case "$*" in *version*) echo '{"clientVersion": {"major": "1", "minor": "30", "gitVersion": "v1.30.0"}}'; exit ;; esac
namespace=$(echo " $* " | sed -n 's/.* \\(-n \\|--namespace=\\)\\([^ ]*\\) .*/\\2/p')
resource=$(echo " $* " | sed -n 's/.* get \\([a-z]*\\).*/\\1/p')
until [ -e "${gates}/$namespace" ] || [ -e "${gates}/$namespace.$resource" ]; do sleep 0.1; done
echo '{"apiVersion": "v1", "kind": "List", "items": []}'
`,
  );
  chmodSync(kubectl, 0o755);
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
clusters: [{name: slow, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: slow, context: {cluster: slow, user: nobody}}]
users: [{name: nobody, user: {}}]
current-context: slow
`,
  );
  return { config: `{id: slow, kubectl: {kubeconfig: ${kubeconfig}, kubectl: ${kubectl}}}`, gates };
}

/** Lets the commands about a namespace go, or only that which asks for these resources first. */
export function letGo(namespace: string, resource?: string): void {
  writeFileSync(join(process.env["STAGE_GATES"] ?? "", resource ? `${namespace}.${resource}` : namespace), "");
}
