use super::{ActError, Actor, act, notes};
use crate::store::{MIGRATIONS, end, get, testing};
use crate::summary;
use aetherius_contracts::{
    events::Severity,
    incidents::{Act, Assignment, Feedback, FeedbackVerdict, NewComment},
    messages::TASK_CHANGED,
    tasks::TaskStatus,
};
use aetherius_store::{Store, StoreError, Tx, Urgency, outbox};

async fn within(job: impl FnOnce(&Tx<'_>) -> Result<(), ActError> + Send + 'static) {
    let job = |tx: &Tx<'_>| job(tx).map_err(|error| StoreError::Corrupt(error.to_string()));
    Store::ephemeral(MIGRATIONS).unwrap().write(Urgency::Work, job).await.unwrap();
}

fn actor(name: &str, key: Option<&str>) -> Actor {
    Actor { project: "p".into(), name: name.into(), idempotency_key: key.map(str::to_owned) }
}

fn assign(name: Option<&str>) -> Act {
    Act::Assign(Assignment { assignee: name.map(str::to_owned) })
}

fn comment(text: &str) -> Act {
    Act::Comment(NewComment { text: text.into() })
}

fn told(tx: &Tx<'_>) -> Result<usize, StoreError> {
    Ok(outbox::read_after(tx, &[TASK_CHANGED], 0, 100)?.0.len())
}

fn actions(tx: &Tx<'_>, id: &str) -> Result<Vec<String>, StoreError> {
    Ok(notes(tx, "p", id)?.activity.into_iter().map(|activity| activity.action).collect())
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    within(|tx| {
        let id = testing::create(tx, "a", Severity::High)?;
        for (name, what) in [
            ("ada", Act::Acknowledge),
            ("bob", Act::Acknowledge),
            ("ada", assign(Some("bob"))),
            ("ada", assign(Some("bob"))),
            ("ada", assign(None)),
            ("ada", assign(None)),
        ] {
            act(tx, &actor(name, None), &id, &what)?;
        }
        let now = summary::get(tx, "p", &id)?.unwrap();
        assert_eq!(now.acknowledged_by.as_deref(), Some("ada"), "whoever was first stays");
        assert_eq!(now.assignee, None);
        act(tx, &actor("bob", None), &id, &Act::Unacknowledge)?;
        act(tx, &actor("bob", None), &id, &Act::Unacknowledge)?;
        assert_eq!(summary::get(tx, "p", &id)?.unwrap().acknowledged_at, None);
        assert_eq!(actions(tx, &id)?, ["acknowledged", "assigned", "unassigned", "unacknowledged"]);
        assert_eq!(told(tx)?, 4, "each has its message");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn repeats_under_one_key_are_one_and_another_person_s_key_is_another() {
    within(|tx| {
        let id = testing::create(tx, "a", Severity::High)?;
        for (name, key) in [("ada", Some("k")), ("ada", Some("k")), ("bob", Some("k")), ("ada", None)] {
            act(tx, &actor(name, key), &id, &comment(name))?;
        }
        let authors: Vec<String> = notes(tx, "p", &id)?.comments.into_iter().map(|it| it.author).collect();
        assert_eq!(authors, ["ada", "bob", "ada"]);
        act(tx, &actor("ada", Some("k")), &id, &Act::Cancel)?;
        act(tx, &actor("ada", Some("k")), &id, &Act::Cancel)?;
        assert!(matches!(act(tx, &actor("ada", None), &id, &Act::Cancel), Err(ActError::Conflict(_))));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_task_that_is_done_again_is_not_judged_any_more() {
    within(|tx| {
        let id = testing::create(tx, "a", Severity::High)?;
        let waiting = act(tx, &actor("ada", None), &id, &Act::Retry);
        assert!(matches!(waiting, Err(ActError::Conflict(text)) if text.contains("pending")));
        let stored = get(tx, "p", &id)?.unwrap();
        end(tx, &stored, TaskStatus::Failed, None, Some("broken".into()))?;
        let feedback = Feedback { verdict: FeedbackVerdict::Wrong, cause: Some("dns".into()), note: None };
        act(tx, &actor("ada", None), &id, &Act::Judge(feedback))?;
        let judged = summary::get(tx, "p", &id)?.unwrap();
        assert_eq!(
            (judged.feedback, judged.title.as_deref()),
            (Some(FeedbackVerdict::Wrong), Some("broken"))
        );
        act(tx, &actor("ada", None), &id, &Act::Retry)?;
        let again = summary::get(tx, "p", &id)?.unwrap();
        assert_eq!((again.status, again.feedback, again.title), (TaskStatus::Pending, None, None));
        assert_eq!(notes(tx, "p", &id)?.activity[0].detail, "wrong: dns");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn another_project_s_task_is_not_there() {
    within(|tx| {
        let id = testing::create(tx, "a", Severity::High)?;
        let stranger = Actor { project: "q".into(), ..actor("eve", None) };
        for what in [Act::Acknowledge, comment("hm"), Act::Cancel, Act::Retry] {
            assert!(matches!(act(tx, &stranger, &id, &what), Err(ActError::NoTask)));
        }
        assert!(notes(tx, "q", &id)?.activity.is_empty());
        assert_eq!(told(tx)?, 0);
        Ok(())
    })
    .await;
}
