// What goes wrong in the mock's clusters. All names are made up.
import { createHash } from "node:crypto";

export const hash = (text) => createHash("sha256").update(text).digest("hex");

const pods = (rows) => ["NAME                          READY   STATUS             RESTARTS      AGE", ...rows].join("\n") + "\n";

export const cases = [
  {
    alert: "KubePodCrashLooping",
    severity: "critical",
    taxonomy: "runtime",
    rule: "crash_loop",
    object: { kind: "deployment", name: "cart" },
    summary: "cart stops right after its start: it cannot reach redis-master:6379",
    remedy: "Correct REDIS_HOST in deployment/cart: the service is called redis, not redis-master.",
    steps: [
      ["kubectl get pods -n {ns} -o wide", pods(["cart-6d9f8b7c5d-2xkqp         0/1     CrashLoopBackOff   14 (2m ago)   51m", "cart-6d9f8b7c5d-9vw4t         0/1     CrashLoopBackOff   14 (1m ago)   51m", "checkout-7f6d5c4b8-lm2zk      1/1     Running            0             9d", "redis-0                       1/1     Running            0             9d"])],
      ["kubectl logs deployment/cart -n {ns} --tail=50", Array.from({ length: 34 }, (_, n) => `2026-11-30T14:0${Math.floor(n / 10)}:${String(10 + n).slice(-2)}Z INFO  loading module ${n + 1} of 34`).join("\n") + "\n2026-11-30T14:04:51Z INFO  connecting to redis-master:6379\n2026-11-30T14:04:51Z FATAL lookup redis-master on 10.96.0.10:53: no such host\n2026-11-30T14:04:51Z INFO  exit 1\n"],
      ["kubectl get services -n {ns}", "NAME       TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)    AGE\ncart       ClusterIP   10.96.14.20     <none>        80/TCP     51m\nredis      ClusterIP   10.96.200.7     <none>        6379/TCP   9d\n"],
      ["kubectl get events -n {ns} --sort-by=.lastTimestamp", "LAST SEEN   TYPE      REASON    OBJECT                      MESSAGE\n2m          Warning   BackOff   pod/cart-6d9f8b7c5d-2xkqp   Back-off restarting failed container app\n"],
    ],
    evidence: [
      [1, "FATAL lookup redis-master on", "The process ends because the name redis-master does not resolve."],
      [2, "redis      ClusterIP", "There is a service redis, and none called redis-master."],
      [0, "cart-6d9f8b7c5d-2xkqp", "The pod has been started 15 times."],
    ],
    others: [{ rule: "restarts", summary: "2 pods of cart have been restarted 14 times", confidence: 0.35, step: 3, line: "Back-off restarting" }],
  },
  {
    alert: "KubeDeploymentReplicasMismatch",
    severity: "high",
    taxonomy: "startup",
    rule: "image_not_found",
    object: { kind: "deployment", name: "checkout" },
    summary: "The image shop/checkout:2.14.1 does not exist in the registry",
    remedy: "Set the image of deployment/checkout to a tag that exists; 2.14.0 ran before.",
    steps: [
      ["kubectl get pods -n {ns}", pods(["checkout-5b7f9d6c4-x8rjm      0/1     ImagePullBackOff   0             12m", "checkout-7f6d5c4b8-lm2zk      1/1     Running            0             9d"])],
      ["kubectl describe pod checkout-5b7f9d6c4-x8rjm -n {ns}", "Name:             checkout-5b7f9d6c4-x8rjm\nNamespace:        {ns}\nStatus:           Pending\nContainers:\n  app:\n    Image:          registry.internal/shop/checkout:2.14.1\n    State:          Waiting\n      Reason:       ImagePullBackOff\nEvents:\n  Type     Reason   Age   Message\n  Warning  Failed   11m   Failed to pull image \"registry.internal/shop/checkout:2.14.1\": manifest unknown\n  Warning  Failed   11m   Error: ErrImagePull\n"],
    ],
    evidence: [[1, "manifest unknown", "The registry does not know this tag."]],
    others: [],
  },
  {
    alert: "KubePodNotReady",
    severity: "medium",
    taxonomy: "scheduling",
    rule: "no_cpu_left",
    object: { kind: "deployment", name: "indexer" },
    summary: "No node has 4 CPUs left for indexer",
    remedy: "Ask for less CPU, or add a node to the pool search.",
    steps: [
      ["kubectl get events -n {ns}", "LAST SEEN   TYPE      REASON             OBJECT               MESSAGE\n3m          Warning   FailedScheduling   pod/indexer-0        0/5 nodes are available: 5 Insufficient cpu.\n"],
      ["kubectl get nodes -o wide", "NAME     STATUS   ROLES    AGE   VERSION   INTERNAL-IP   OS-IMAGE\nnode-a   Ready    worker   91d   v1.33.4   10.0.0.4      Debian 13\nnode-b   Ready    worker   91d   v1.33.4   10.0.0.5      Debian 13\n"],
      ["kubectl get secrets -n {ns}", null],
    ],
    evidence: [[0, "5 Insufficient cpu", "The scheduler found too little CPU on all five nodes."]],
    others: [],
    gaps: ["kubectl get secrets: denied, as secrets are never read"],
  },
  {
    alert: "KubePersistentVolumeClaimPending",
    severity: "low",
    taxonomy: "storage",
    rule: "claim_class",
    object: { kind: "persistentvolumeclaim", name: "data-archive-0" },
    summary: "data-archive-0 asks for the storage class fast-ssd, which does not exist",
    remedy: "Use the class standard, or create fast-ssd.",
    steps: [
      ["kubectl get pvc -n {ns}", "NAME             STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\ndata-archive-0   Pending                                      fast-ssd       26m\n"],
      ["kubectl get storageclasses", "NAME       PROVISIONER            RECLAIMPOLICY   AGE\nstandard   local.csi.internal     Delete          91d\n"],
    ],
    evidence: [
      [0, "data-archive-0   Pending", "The claim waits, and names the class fast-ssd."],
      [1, "standard   local", "standard is the only class there is."],
    ],
    others: [],
  },
  { alert: "TargetDown", severity: "medium", taxonomy: "", rule: null, object: null, summary: null, remedy: "", steps: [["kubectl get pods -n {ns}", pods(["metrics-0                     1/1     Running            0             30d"])]], evidence: [], others: [] },
];

const CHECKS = ["tool", "read_only", "arguments", "rbac", "cluster"];

export function stepsOf(one, ns, at) {
  return one.steps.map(([command, text], index) => {
    const line = command.replaceAll("{ns}", ns);
    const output = text === null ? "" : text.replaceAll("{ns}", ns);
    const verb = line.split(" ")[1];
    return {
      step_id: `s${index + 1}`,
      command: line,
      argv: line.split(" "),
      verdict: text === null ? { verdict: "deny", reason: "`secrets`: what they hold must not leave the cluster (read_only)", checks_passed: ["tool"] } : { verdict: "allow", reason: `${verb} only reads, and every argument is known`, checks_passed: CHECKS },
      status: text === null ? "failed" : "success",
      output,
      output_hash: output === "" ? "" : hash(output),
      truncated: false,
      error: text === null ? "denied by the gate" : "",
      exit_code: text === null ? -1 : 0,
      duration_ms: 60 + ((index * 137 + line.length * 11) % 900),
      timestamp: new Date(at + index * 900).toISOString(),
    };
  });
}

export function diagnosisOf(one, ns, steps) {
  const cite = (step, text, shows) => {
    const lines = steps[step].output.split("\n");
    const at = lines.findIndex((line) => line.includes(text));
    return { output_hash: steps[step].output_hash, command: steps[step].command, excerpt: lines[at], line: at + 1, shows };
  };
  const cause = one.rule && { rule: one.rule, taxonomy: one.taxonomy, object: { ...one.object, namespace: ns }, summary: one.summary, remedy: one.remedy, confidence: 0.93, evidence: one.evidence.map(([step, text, shows]) => cite(step, text, shows)) };
  return {
    root_cause: cause || null,
    other_findings: one.others.map((other) => ({ rule: other.rule, taxonomy: one.taxonomy, object: { ...one.object, namespace: ns }, summary: other.summary, remedy: "Mends itself once the root cause is gone.", confidence: other.confidence, evidence: [cite(other.step, other.line, "The kubelet waits longer after each failure.")] })),
    strategy: "rule_based",
    gaps: one.gaps ?? [],
  };
}
