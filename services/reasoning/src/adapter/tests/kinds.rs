//! Each kind in each form: whatever two forms both show, they show alike.

use crate::adapter::observe;
use crate::objects::{Endpoints, Index, Key, Object, PortRef, Service, Snapshot, Workload};
use crate::testing::step;

/// What `index` holds of `NAME` in namespace `barn`, read from one output.
fn read<T: Object + Clone>(
    command: &str,
    output: &str,
    index: for<'s> fn(&'s Snapshot<'_>) -> &'s Index<T>,
) -> T {
    let outputs = [step(command, output)];
    let snapshot = observe(&outputs);
    let mut all = index(&snapshot).iter();
    let only = (**all.next().unwrap()).clone();
    assert!(all.next().is_none(), "{command}");
    only
}

#[test]
fn a_service_in_four_forms() {
    let json = r#"{"kind": "Service", "metadata": {"name": "hen", "namespace": "barn", "labels": {"app": "hen"}},
        "spec": {"type": "NodePort", "clusterIP": "10.0.0.7", "selector": {"app": "hen", "tier": "egg"}, "ports": [
        {"name": "web", "port": 80, "targetPort": "http", "nodePort": 30080, "protocol": "TCP"}, {"name": "dns", "port": 53, "targetPort": 5353, "protocol": "UDP"}]}}"#;
    let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  name: hen\n  namespace: barn\n  labels: {app: hen}\nspec:\n  type: NodePort\n  clusterIP: 10.0.0.7\n  selector: {app: hen, tier: egg}\n  ports:\n  - name: web\n    port: 80\n    targetPort: http\n    nodePort: 30080\n  - {name: dns, port: 53, targetPort: 5353, protocol: UDP}\n";
    let text = "Name:                     hen\nNamespace:                barn\nLabels:                   app=hen\nAnnotations:              <none>\nSelector:                 app=hen,tier=egg\nType:                     NodePort\nIP:                       10.0.0.7\nPort:                     web  80/TCP\nTargetPort:               http/TCP\nNodePort:                 web  30080/TCP\nEndpoints:                <none>\nPort:                     dns  53/UDP\nTargetPort:               5353/UDP\nSession Affinity:         None\nEvents:                   <none>\n";
    let row = "NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)               AGE   SELECTOR\nhen    NodePort   10.0.0.7     <none>        80:30080/TCP,53/UDP   9d    app=hen,tier=egg\n";
    let services = |command: &str, output: &str| -> Service { read(command, output, |all| &all.services) };
    let json = services("kubectl get services -n barn -o json", json);
    assert_eq!(json, services("kubectl get services hen -n barn -o yaml", yaml));
    assert_eq!(json, services("kubectl describe services hen -n barn", text));
    assert_eq!(json.ports[0].target, Some(PortRef::Name("http".to_owned())));
    let row = services("kubectl get services -n barn -o wide", row);
    assert_eq!((&row.selector, &row.kind), (&json.selector, &json.kind));
    let numbers = |service: &Service| {
        service.ports.iter().map(|port| (port.number, port.protocol.clone())).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&row), numbers(&json));
    let mut merged = row;
    merged.merge(json.clone());
    assert_eq!(merged, json);
}

#[test]
fn what_stands_behind_a_service_in_four_forms() {
    let json = r#"{"kind": "Endpoints", "metadata": {"name": "hen", "namespace": "barn"}, "subsets": [
        {"addresses": [{"ip": "10.2.0.1"}], "notReadyAddresses": [{"ip": "10.2.0.2"}], "ports": [{"port": 8080}]}]}"#;
    let slice = r#"{"kind": "EndpointSlice", "metadata": {"name": "hen-x2v", "namespace": "barn", "labels": {"kubernetes.io/service-name": "hen"}},
        "ports": [{"port": 8080}], "endpoints": [{"addresses": ["10.2.0.1"], "conditions": {"ready": true}}, {"addresses": ["10.2.0.2"], "conditions": {"ready": false}}]}"#;
    let text = "Name:         hen\nNamespace:    barn\nSubsets:\n  Addresses:          10.2.0.1\n  NotReadyAddresses:  10.2.0.2\n  Ports:\n    Name     Port  Protocol\n    ----     ----  --------\n    <unset>  8080  TCP\n\nEvents:  <none>\n";
    let endpoints =
        |command: &str, output: &str| -> Endpoints { read(command, output, |all| &all.endpoints) };
    let json = endpoints("kubectl get endpoints -n barn -o json", json);
    assert_eq!(json, endpoints("kubectl get endpointslices -n barn -o json", slice));
    assert_eq!(json, endpoints("kubectl describe endpoints hen -n barn", text));
    let row = endpoints(
        "kubectl get endpoints -n barn",
        "NAME   ENDPOINTS                                      AGE\nhen    10.2.0.1:8080,10.2.0.3:8080 + 4 more...   9d\n",
    );
    assert_eq!((row.ready, row.ports.len()), (vec!["10.2.0.1".to_owned(), "10.2.0.3".to_owned()], 2));
    let none = endpoints("kubectl get endpoints -n barn", "NAME   ENDPOINTS   AGE\nhen    <none>      9d\n");
    assert!(none.ready.is_empty() && none.ports.is_empty());
}

#[test]
fn workloads_in_their_forms() {
    let json = r#"{"kind": "Deployment", "metadata": {"name": "hen", "namespace": "barn"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "hen"}}, "template": {"metadata": {"labels": {"app": "hen"}},
            "spec": {"serviceAccountName": "keeper", "containers": [{"name": "main", "image": "egg:1", "ports": [{"containerPort": 80}]}]}}},
        "status": {"readyReplicas": 1, "conditions": [{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]}}"#;
    let text = "Name:                   hen\nNamespace:              barn\nSelector:               app=hen\nReplicas:               3 desired | 3 updated | 3 total | 1 available | 2 unavailable\nPod Template:\n  Labels:           app=hen\n  Service Account:  keeper\n  Containers:\n   main:\n    Image:      egg:1\n    Port:       80/TCP\n    Host Port:  0/TCP\n    Environment:  <none>\n    Mounts:       <none>\n  Volumes:        <none>\nConditions:\n  Type           Status  Reason\n  ----           ------  ------\n  Available      False   MinimumReplicasUnavailable\nEvents:  <none>\n";
    let deployment =
        |command: &str, output: &str| -> Workload { read(command, output, |all| &all.deployments) };
    let json = deployment("kubectl get deployments -n barn -o json", json);
    assert_eq!(json, deployment("kubectl describe deployments hen -n barn", text));
    assert_eq!((json.desired, json.ready), (Some(3), Some(1)));
    let row = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nhen    1/3     3            1           9d    main         egg:1    app=hen\n";
    let row = deployment("kubectl get deployments -n barn -o wide", row);
    assert_eq!((row.desired, row.ready, &row.selector), (Some(3), Some(1), &json.selector));

    let set = "Name:           hen-5c6d7f8b9c\nNamespace:      barn\nSelector:       app=hen\nControlled By:  Deployment/hen\nReplicas:       0 current / 2 desired\nPods Status:    0 Running\n";
    let set: Workload = read("kubectl describe replicasets -n barn", set, |all| &all.replica_sets);
    assert_eq!((set.desired, set.owner.unwrap().name.as_str()), (Some(2), "hen"));
    let daemons = "NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\ncrow   4         4         3       4            3           <none>          9d\n";
    let daemons: Workload = read("kubectl get daemonsets -n barn", daemons, |all| &all.daemon_sets);
    assert_eq!((daemons.desired, daemons.ready), (Some(4), Some(3)));
    let sets = "NAME   READY   AGE\ncow    2/3     9d\n";
    let sets: Workload = read("kubectl get sts -n barn", sets, |all| &all.stateful_sets);
    assert_eq!((sets.desired, sets.ready), (Some(3), Some(2)));
}

#[test]
fn storage_in_its_forms() {
    let list = r#"{"kind": "List", "items": [
        {"kind": "PersistentVolumeClaim", "metadata": {"name": "hay", "namespace": "barn"}, "spec": {"storageClassName": "slow", "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "5Gi"}}, "selector": {"matchLabels": {"kind": "straw"}}}, "status": {"phase": "Pending"}},
        {"kind": "PersistentVolume", "metadata": {"name": "loft", "labels": {"kind": "hay"}}, "spec": {"storageClassName": "slow", "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
            "capacity": {"storage": "2Gi"}, "claimRef": {"namespace": "barn", "name": "oats"}}, "status": {"phase": "Released"}},
        {"kind": "StorageClass", "metadata": {"name": "slow", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "Immediate"}]}"#;
    let outputs = [step("kubectl get persistentvolumeclaims,resourcequotas -n barn -o json", list)];
    let snapshot = observe(&outputs);
    let claim = snapshot.claims.get(&Key::new("barn", "hay")).unwrap();
    assert_eq!((claim.requested.as_deref(), claim.modes[0].as_str()), (Some("5Gi"), "ReadWriteMany"));
    let json = snapshot.volumes.get(&Key::new("", "loft")).unwrap();
    assert!(!claim.selector.as_ref().unwrap().selects(&json.labels));

    let text = "Name:            loft\nLabels:          kind=hay\nStorageClass:    slow\nStatus:          Released\nClaim:           barn/oats\nAccess Modes:    RWO,ROX\nCapacity:        2Gi\n";
    assert_eq!(**json, read("kubectl describe persistentvolumes loft", text, |all| &all.volumes));
    let row = "NAME   CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS     CLAIM       STORAGECLASS   REASON   AGE   LABELS\nloft   2Gi        RWO,ROX        Retain           Released   barn/oats   slow                    9d    kind=hay\n";
    assert_eq!(**json, read("kubectl get pv -n barn --show-labels", row, |all| &all.volumes));

    let text = "Name:          hay\nNamespace:     barn\nStorageClass:  \nStatus:        Pending\nVolume:        \nUsed By:       hen\n";
    let text = read("kubectl describe pvc hay -n barn", text, |all| &all.claims);
    assert_eq!(
        (text.phase.as_deref(), text.class.as_deref(), text.volume),
        (Some("Pending"), Some(""), None)
    );
    let row = "NAME   STATUS   VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\nhay    Bound    loft     2Gi        RWO            slow           9d\n";
    let row = read("kubectl get pvc -n barn", row, |all| &all.claims);
    assert_eq!((row.volume.as_deref(), row.class.as_deref()), (Some("loft"), Some("slow")));

    let json = snapshot.storage_classes.get(&Key::new("", "slow")).unwrap();
    let row = "NAME             PROVISIONER                    RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\nslow (default)   kubernetes.io/no-provisioner   Delete          Immediate           false                  9d\n";
    assert_eq!(**json, read("kubectl get sc", row, |all| &all.storage_classes));
    let text = "Name:                  slow\nIsDefaultClass:        Yes\nProvisioner:           kubernetes.io/no-provisioner\nVolumeBindingMode:     Immediate\n";
    assert_eq!(**json, read("kubectl describe sc slow", text, |all| &all.storage_classes));
}

#[test]
fn quotas_and_accounts_in_their_forms() {
    let json = r#"{"kind": "ResourceQuota", "metadata": {"name": "fence", "namespace": "barn"},
        "spec": {"hard": {"pods": 4, "requests.cpu": "1"}}, "status": {"hard": {"pods": "4"}, "used": {"pods": "4", "requests.cpu": "800m"}}}"#;
    let json = read("kubectl get quota -n barn -o json", json, |all| &all.quotas);
    let text = "Name:         fence\nNamespace:    barn\nResource      Used  Hard\n--------      ----  ----\npods          4     4\nrequests.cpu  800m  1\n";
    assert_eq!(json, read("kubectl describe quota fence -n barn", text, |all| &all.quotas));
    let row = "NAME    AGE   REQUEST                             LIMIT\nfence   9d    pods: 4/4, requests.cpu: 800m/1   \n";
    assert_eq!(json, read("kubectl get resourcequota -n barn", row, |all| &all.quotas));

    let json = r#"{"kind": "ServiceAccount", "metadata": {"name": "keeper", "namespace": "barn"}, "imagePullSecrets": [{"name": "hub"}]}"#;
    let json = read("kubectl get sa -n barn -o json", json, |all| &all.service_accounts);
    let text = "Name:                keeper\nNamespace:           barn\nImage pull secrets:  hub (not found)\nMountable secrets:   <none>\nEvents:              <none>\n";
    assert_eq!(json, read("kubectl describe sa keeper -n barn", text, |all| &all.service_accounts));
    let row = read("kubectl get sa -n barn", "NAME     SECRETS   AGE\nkeeper   0         9d\n", |all| {
        &all.service_accounts
    });
    assert_eq!((row.key.name.as_str(), row.pull_secrets), ("keeper", None));
}

#[test]
fn events_that_lost_their_header_are_read_by_the_gaps() {
    let text = "9s          Warning   FailedCreate   replicaset/hen-5c6d7f8b9c   Error creating:  no service account\n4m          Normal    Pulled         pod/hen\n";
    let outputs = [step("kubectl get events -n barn --sort-by=.lastTimestamp", text)];
    let snapshot = observe(&outputs);
    let events = snapshot.events_of("replicaset", &Key::new("barn", "hen-5c6d7f8b9c"));
    assert_eq!(
        (events[0].age_s, events[0].message.as_str()),
        (Some(9), "Error creating:  no service account")
    );
}
