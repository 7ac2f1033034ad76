use crate::adapter::observe;
use crate::objects::{Key, PortRef};
use crate::testing::step;

const LIST: &str = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: goat\n    namespace: barn\n  spec:\n    ports:\n    - port: 80\n      targetPort: milk\n    selector:\n      app: goat\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: hen\n    namespace: barn\n  spec:\n    ports:\n    - port: 81\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";

#[test]
fn a_list_gives_each_object_with_its_lines() {
    let outputs = [step("kubectl get services -n barn -o yaml", LIST)];
    let snapshot = observe(&outputs);
    let goat = snapshot.services.get(&Key::new("barn", "goat")).unwrap();
    assert_eq!(goat.ports[0].target, Some(PortRef::Name("milk".to_owned())));
    assert_eq!(goat.sources()[0].lines, 2..13);
    let hen = snapshot.services.get(&Key::new("barn", "hen")).unwrap();
    assert_eq!(
        (hen.sources()[0].lines.clone(), hen.ports[0].target.clone()),
        (13..21, Some(PortRef::Number(81)))
    );
}

#[test]
fn documents_and_a_single_object_are_read_and_rubbish_is_passed_over() {
    let text = "kind: Service\nmetadata:\n  name: goat\n  namespace: barn\n---\n: : [\n---\nkind: Deployment\nmetadata: {name: hen, namespace: barn}\nspec: {replicas: 0, selector: {matchLabels: {app: hen}}}\n";
    let outputs = [step("kubectl get services goat -n barn -o yaml", text)];
    let snapshot = observe(&outputs);
    assert!(snapshot.services.get(&Key::new("barn", "goat")).is_some());
    let hen = snapshot.deployments.get(&Key::new("barn", "hen")).unwrap();
    assert_eq!((hen.desired, hen.sources()[0].lines.clone()), (Some(0), 7..11));
}
