use super::Gather;
use crate::{
    incident::Part,
    testing::{World, caller, finding, task},
};
use aetherius_contracts::tasks::TaskStatus;
use aetherius_rpc::Code;
use foundation::trace::TraceParent;
use std::sync::Arc;

fn gather(world: World) -> Arc<Gather> {
    world.service().gather
}

async fn titles(gather: &Gather) -> Vec<Option<String>> {
    let page = gather.list(&caller("viewer"), TraceParent::new_root(), 50, "").await.unwrap();
    page.items.into_iter().map(|item| item.title).collect()
}

#[tokio::test]
async fn a_list_tells_what_each_task_came_to() {
    let tasks = vec![
        task("t1", TaskStatus::Running),
        task("t2", TaskStatus::Completed),
        task("t3", TaskStatus::Failed),
        task("t4", TaskStatus::Cancelled),
    ];
    let gather = gather(World::of(tasks));
    for _ in 0..2 {
        let cause = "The image shop/cart:2.4.1-rc9 of deployment/cart does not exist.".to_owned();
        let error = Some("execution did not answer within 30000 ms".to_owned());
        assert_eq!(titles(&gather).await, [None, Some(cause), error.clone(), error]);
    }
    assert_eq!(gather.titles.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_reports_a_list_is_shorter_and_still_there() {
    let mut world = World::of(vec![task("t1", TaskStatus::Completed), task("t2", TaskStatus::Completed)]);
    world.reports = None;
    assert_eq!(titles(&gather(world)).await, [None, None]);
}

#[tokio::test]
async fn the_report_of_an_earlier_end_is_not_remembered() {
    let mut again = task("t1", TaskStatus::Completed);
    let mut world = World::of(vec![again.clone()]);
    again.completed_at = again.completed_at.map(|at| at + std::time::Duration::from_secs(3600));
    again.result.as_mut().unwrap().diagnosis.root_cause = Some(finding("other", "another cause", vec![]));
    world.tasks = Some(vec![again]);
    let gather = gather(world);
    titles(&gather).await;
    assert!(gather.titles.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_incident_is_joined_and_missing_parts_are_told() {
    let mut world = World::of(vec![task("t1", TaskStatus::Completed), task("t2", TaskStatus::Pending)]);
    world.notifications = None;
    let gather = gather(world);
    let one = gather.one(&caller("viewer"), TraceParent::new_root(), "t1").await.unwrap();
    assert_eq!(one.report.value().unwrap().id, "report-t1");
    assert!(matches!(one.notifications, Part::Unavailable { .. }));
    let links: Vec<_> =
        one.audit.value().unwrap().iter().map(|link| (link.seq, link.action.as_str())).collect();
    assert_eq!(links.first(), Some(&(1, "event.received")));
    assert_eq!(links.len(), 7);
    let open = gather.one(&caller("viewer"), TraceParent::new_root(), "t2").await.unwrap();
    assert_eq!(open.report, Part::Absent);
}

#[tokio::test]
async fn what_is_not_an_id_reaches_no_service() {
    let gather = gather(World::of(vec![task("t1", TaskStatus::Completed)]));
    for id in ["", "t1/report", "../t1", "t1?x=y", "t1&limit=9", "t1%2freport", "é", &"a".repeat(129), "nope"]
    {
        let missing = gather.one(&caller("viewer"), TraceParent::new_root(), id).await.unwrap_err();
        assert_eq!(missing.code, Code::NotFound, "{id}");
    }
    let refused =
        gather.list(&caller("viewer"), TraceParent::new_root(), 50, "x&limit=1000").await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidParameter);
    for limit in [0, 201] {
        let refused = gather.list(&caller("viewer"), TraceParent::new_root(), limit, "").await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidParameter);
    }
}

#[tokio::test]
async fn only_readers_read_and_without_tasks_there_is_nothing() {
    let away = gather(World::default());
    let refused = away.list(&caller("webhook"), TraceParent::new_root(), 50, "").await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let refused = away.one(&caller("webhook"), TraceParent::new_root(), "t1").await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let list = away.list(&caller("viewer"), TraceParent::new_root(), 50, "").await.unwrap_err();
    let one = away.one(&caller("viewer"), TraceParent::new_root(), "t1").await.unwrap_err();
    assert_eq!((list.code, one.code), (Code::Unavailable, Code::Unavailable));
}
