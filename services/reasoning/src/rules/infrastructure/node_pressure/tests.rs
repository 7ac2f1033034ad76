use super::*;
use crate::testing::{found, step};

fn described(kind: &str, status: &str) -> Vec<String> {
    let text = format!(
        "Name:    barn\nConditions:\n  Type             Status   LastHeartbeatTime                 LastTransitionTime                Reason              Message\n  \
         ----             ------   -----------------                 ------------------                ------              -------\n  \
         {kind:<16} {status:<8} Fri, 02 Jan 2026 13:02:21 +0800   Fri, 02 Jan 2026 13:02:21 +0800   KubeletHas          kubelet has it\n"
    );
    found(&RULE, &[step("kubectl describe nodes barn", &text)])
}

#[test]
fn each_shortage_has_its_name() {
    assert_eq!(described("MemoryPressure", "True"), ["node_memory_pressure node/barn 0.95"]);
    assert_eq!(described("DiskPressure", "True"), ["node_disk_pressure node/barn 0.95"]);
    assert_eq!(described("PIDPressure", "True"), ["node_pid_pressure node/barn 0.95"]);
}

#[test]
fn what_is_not_known_is_no_shortage() {
    for status in ["False", "Unknown"] {
        assert!(described("MemoryPressure", status).is_empty());
    }
    assert!(described("Ready", "True").is_empty());
}

#[test]
fn json_says_it_too_and_evictions_show_it() {
    let node = r#"{"kind": "Node", "metadata": {"name": "barn"}, "status": {"conditions": [{"type": "DiskPressure", "status": "True",
        "message": "kubelet has disk pressure"}]}}"#;
    let pods = "NAME     READY   STATUS    RESTARTS   AGE   IP       NODE\ngoat-0   0/1     Evicted   0          9s    <none>   barn\n";
    let events = "LAST SEEN   TYPE      REASON    OBJECT       MESSAGE\n9s          Warning   Evicted   pod/goat-0   The node was low on resource: ephemeral-storage.\n";
    let outputs = [
        step("kubectl get node barn -o json", node),
        step("kubectl get pods -n barn -o wide", pods),
        step("kubectl get events -n barn", events),
    ];
    assert_eq!(found(&RULE, &outputs), ["node_disk_pressure node/barn 0.95"]);
    assert_eq!((RULE.check)(&crate::adapter::observe(&outputs))[0].evidence.len(), 2);
}
