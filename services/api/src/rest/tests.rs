use super::ListQuery;
use aetherius_contracts::{events::Severity, tasks::TaskStatus};
use aetherius_rpc::Code;

fn query() -> ListQuery {
    ListQuery::default()
}

#[test]
fn filters_are_read_and_what_is_empty_is_no_filter() {
    let all = query().read().unwrap();
    assert!(all.statuses.is_empty() && all.words.is_none() && all.acknowledged.is_none());
    let some = ListQuery {
        status: "open,failed".into(),
        severity: "critical, low".into(),
        q: "  cart ".into(),
        acknowledged: "false".into(),
        assignee: "ada".into(),
        ..query()
    };
    let some = some.read().unwrap();
    let open = [TaskStatus::Pending, TaskStatus::Scheduled, TaskStatus::Running, TaskStatus::Failed];
    assert_eq!(some.statuses, open);
    assert_eq!(some.severities, [Severity::Critical, Severity::Low]);
    assert_eq!((some.words.as_deref(), some.acknowledged), (Some("cart"), Some(false)));
}

#[test]
fn what_is_unknown_is_told_by_its_name() {
    for (query, name) in [
        (ListQuery { status: "done".into(), ..query() }, "status"),
        (ListQuery { severity: "warning".into(), ..query() }, "severity"),
        (ListQuery { acknowledged: "maybe".into(), ..query() }, "acknowledged"),
        (ListQuery { q: "x".repeat(201), ..query() }, "q"),
    ] {
        let problem = query.read().unwrap_err();
        assert_eq!(problem.code, Code::InvalidParameter);
        assert!(problem.detail.starts_with(&format!("`{name}`")), "{}", problem.detail);
    }
}
