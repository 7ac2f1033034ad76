use super::{Actor, Gather};
use crate::{
    incident::Part,
    testing::{World, caller, task},
};
use aetherius_contracts::{
    events::SilenceRequest,
    incidents::{Act, Assignment, TaskQuery},
    tasks::TaskStatus,
};
use aetherius_rpc::Code;
use foundation::trace::TraceParent;
use std::sync::Arc;

fn gather(world: World) -> Arc<Gather> {
    world.service().gather
}

fn first(limit: u32, after: &str) -> TaskQuery {
    let after = Some(after.to_owned()).filter(|after| !after.is_empty());
    TaskQuery { limit, after, ..TaskQuery::default() }
}

fn actor(role: &str, key: Option<&str>) -> Actor {
    Actor { caller: caller(role), trace: TraceParent::new_root(), idempotency_key: key.map(str::to_owned) }
}

#[tokio::test]
async fn a_list_tells_what_each_task_came_to_and_how_its_event_stands() {
    let tasks = vec![
        task("t1", TaskStatus::Running),
        task("t2", TaskStatus::Completed),
        task("t3", TaskStatus::Failed),
    ];
    let gather = gather(World::of(tasks));
    let page = gather.find(&caller("viewer"), TraceParent::new_root(), first(50, "")).await.unwrap();
    let titles: Vec<_> = page.items.iter().map(|item| item.title.as_deref()).collect();
    let cause = "The image shop/cart:2.4.1-rc9 of deployment/cart does not exist.";
    assert_eq!(titles, [None, Some(cause), Some("execution did not answer within 30000 ms")]);
    assert!(page.items.iter().all(|item| item.repeats == 7 && item.silenced_until.is_some()));
    assert_eq!(page.items[1].object.as_deref(), Some("deployment/cart"));
}

#[tokio::test]
async fn without_events_and_reports_a_list_is_still_there() {
    let world =
        World { has_events: false, reports: None, ..World::of(vec![task("t1", TaskStatus::Completed)]) };
    let page = gather(world).find(&caller("viewer"), TraceParent::new_root(), first(50, "")).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].repeats, page.items[0].silenced_until), (1, 0, None));
}

#[tokio::test]
async fn a_view_has_what_people_did_in_its_order_and_what_is_like_it() {
    let world = World::of(vec![task("t1", TaskStatus::Completed), task("t2", TaskStatus::Completed)]);
    let gather = gather(world);
    let view = gather.view(&caller("viewer"), TraceParent::new_root(), "t1").await.unwrap();
    let activity: Vec<_> =
        view.activity.iter().map(|it| (it.actor.as_str(), it.action.as_str(), it.detail.as_str())).collect();
    assert_eq!(
        activity,
        [
            ("bob", "silenced", "until 2026-03-04T06:06:07Z: known"),
            ("ada", "acknowledged", ""),
            ("ada", "unsilenced", "")
        ]
    );
    assert_eq!((view.summary.task_id.as_str(), view.similar[0].task_id.as_str()), ("t1", "t2"));
}

#[tokio::test]
async fn a_task_that_is_worked_on_shows_what_it_has_done_since_it_was_begun() {
    let gather = gather(World::of(vec![task("t1", TaskStatus::Running), task("t2", TaskStatus::Completed)]));
    let view = async |id| gather.view(&caller("viewer"), TraceParent::new_root(), id).await.unwrap();
    let running: Vec<String> = view("t1").await.steps.into_iter().map(|step| step.step_id).collect();
    assert_eq!(running, ["new"]);
    assert!(view("t2").await.steps.is_empty(), "its result has them");
}

#[tokio::test]
async fn what_people_do_is_done_in_their_name_and_under_their_key() {
    let world = World::of(vec![task("t1", TaskStatus::Completed)]);
    let acts = Arc::clone(&world.acts);
    let gather = gather(world);
    let assign = Act::Assign(Assignment { assignee: Some("bob".into()) });
    gather.act(actor("operator", Some("k")), "t1", &assign).await.unwrap();
    gather.act(actor("admin", None), "t1", &Act::Retry).await.unwrap();
    let request = SilenceRequest { minutes: 5, reason: String::new(), task_id: None };
    let silenced = gather.silence(actor("operator", None), "t1", request.clone()).await.unwrap();
    assert!(silenced.silenced_until.is_some());
    gather.end_silence(actor("operator", None), "t1").await.unwrap();
    let done = [
        "PUT assignee t1 the operator k",
        "POST retry t1 the admin",
        "PUT silence event-t1 the operator",
        "DELETE silence event-t1 the operator",
    ];
    assert_eq!(*acts.lock().unwrap(), done);
    for (actor, id, code) in [
        (actor("viewer", None), "t1", Code::Forbidden),
        (actor("operator", None), "nope", Code::NotFound),
        (actor("operator", None), "t1/../t2", Code::NotFound),
    ] {
        let refused = gather.act(actor.clone(), id, &Act::Acknowledge).await.unwrap_err();
        let silent = gather.silence(actor, id, request.clone()).await.unwrap_err();
        assert_eq!((refused.code, silent.code), (code, code), "{id}");
    }
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
        gather.find(&caller("viewer"), TraceParent::new_root(), first(50, "x&limit=1000")).await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidParameter);
    for limit in [0, 201] {
        let refused =
            gather.find(&caller("viewer"), TraceParent::new_root(), first(limit, "")).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidParameter);
    }
}

#[tokio::test]
async fn only_readers_read_and_without_tasks_there_is_nothing() {
    let away = gather(World::default());
    let refused = away.find(&caller("webhook"), TraceParent::new_root(), first(50, "")).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let refused = away.one(&caller("webhook"), TraceParent::new_root(), "t1").await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let list = away.find(&caller("viewer"), TraceParent::new_root(), first(50, "")).await.unwrap_err();
    let one = away.one(&caller("viewer"), TraceParent::new_root(), "t1").await.unwrap_err();
    assert_eq!((list.code, one.code), (Code::Unavailable, Code::Unavailable));
}
