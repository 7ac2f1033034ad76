use super::{Filter, MIGRATIONS, again, end, get, list, queue, testing};
use aetherius_contracts::{events::Severity, tasks::TaskStatus};
use aetherius_store::{Store, StoreError, Tx, Urgency};

async fn within<T: Send + 'static>(job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
    Store::ephemeral(MIGRATIONS).unwrap().write(Urgency::Work, job).await.unwrap()
}

#[tokio::test]
async fn an_event_has_one_task_however_often_it_comes() {
    within(|tx| {
        let first = testing::create(tx, "a", Severity::High)?;
        assert_eq!(testing::create(tx, "a", Severity::High)?, first);
        assert_eq!(list(tx, "p", &Filter::default(), 10)?.len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_frequent_alert_becomes_more_urgent() {
    within(|tx| {
        let mut priorities = Vec::new();
        for n in 0..7 {
            let mut event = testing::event("a", Severity::Medium);
            event.id = format!("event-{n}");
            let config = crate::Settings::default().validate().unwrap();
            let id = super::create(tx, event, &testing::context(), &config)?;
            priorities.push(get(tx, "p", &id)?.unwrap().task.priority);
        }
        assert_eq!(priorities, [10, 10, 10, 10, 10, 10 + 12, 10 + 14]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn lists_page_from_newest_to_oldest_and_see_their_project_only() {
    within(|tx| {
        for name in ["a", "b", "c"] {
            testing::create(tx, name, Severity::Low)?;
        }
        let names = |filter: &Filter| -> Result<Vec<String>, StoreError> {
            Ok(list(tx, "p", filter, 2)?.into_iter().map(|task| task.alert_name).collect())
        };
        assert_eq!(names(&Filter::default())?, ["c", "b"]);
        let after = list(tx, "p", &Filter::default(), 2)?.pop().map(|task| task.id);
        assert_eq!(names(&Filter { after, ..Filter::default() })?, ["a"]);
        assert!(names(&Filter { namespace: Some("other".into()), ..Filter::default() })?.is_empty());
        assert!(names(&Filter { status: Some(TaskStatus::Failed), ..Filter::default() })?.is_empty());
        assert!(list(tx, "q", &Filter::default(), 2)?.is_empty());
        assert_eq!(queue(tx, 3)?.pending, 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn only_what_has_ended_can_be_done_again_and_then_from_the_beginning() {
    within(|tx| {
        let id = testing::create(tx, "a", Severity::Low)?;
        assert!(!again(tx, "p", &id)?);
        let before = get(tx, "p", &id)?.unwrap();
        end(tx, &before, TaskStatus::Failed, None, Some("broken".into()))?;
        assert!(!again(tx, "q", &id)?, "not for another project");
        assert!(again(tx, "p", &id)?);
        let after = get(tx, "p", &id)?.unwrap();
        assert_eq!((after.task.status, after.task.error_message.clone()), (TaskStatus::Pending, None));
        assert_ne!(after.journal_scope(), before.journal_scope());
        Ok(())
    })
    .await;
}
