//! From messages to what clients are sent.

use super::RIGHTS;
use crate::incident::IncidentSummary;
use aetherius_bus::Message;
use aetherius_contracts::{
    execution::StepResult,
    messages::{IdentityNews, STEP_EXECUTED, StepExecuted},
};
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What goes over the wire.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Word<'a> {
    /// First of all: from where the client is told.
    Hello { cursor: i64 },
    /// An incident is new or has changed; this is how it is now.
    Incident { cursor: i64, summary: &'a IncidentSummary },
    /// A command has ended. Its output is not there: ask for the incident.
    Step { cursor: i64, task_id: &'a str, step: &'a StepResult },
    /// Nothing has to have happened.
    Ping { cursor: i64 },
    /// More has happened than is told: load anew.
    Reset { cursor: i64 },
}

impl Word<'_> {
    pub(super) fn text(&self) -> Utf8Bytes {
        // Nothing in it can fail to be written; an empty frame would be ignored.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// A word for many clients.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(super) to: To,
    pub(super) cursor: i64,
    pub(super) text: Utf8Bytes,
}

/// Whom a frame concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    Everybody,
    /// The clients of a project.
    Project(String),
    /// The clients of a caller of this name, whose connections end.
    Changed(String),
}

impl Frame {
    /// For everybody: load anew.
    pub(super) fn reset(cursor: i64) -> Self {
        Self { to: To::Everybody, cursor, text: Word::Reset { cursor }.text() }
    }

    /// For a caller of this name: the connection ends.
    pub(super) fn changed(name: String, cursor: i64) -> Self {
        Self { to: To::Changed(name), cursor, text: Utf8Bytes::default() }
    }

    /// Whether a client of the project is sent its text.
    pub(super) fn is_for(&self, project: &str) -> bool {
        match &self.to {
            To::Everybody => true,
            To::Project(of) => of == project,
            To::Changed(_) => false,
        }
    }
}

/// What is to be said about messages, in their order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) news: Vec<News>,
}

#[derive(Debug, PartialEq)]
pub(super) struct News {
    pub(super) seq: i64,
    pub(super) project: String,
    pub(super) about: About,
}

#[derive(Debug, PartialEq)]
pub(super) enum About {
    Incident(String),
    /// A command of an incident that ended.
    Step(String, Box<StepResult>),
    /// Somebody's rights.
    Caller(String),
}

#[derive(Deserialize)]
struct AboutTask {
    #[serde(default)]
    task_id: String,
}

/// An incident is told as it is now, so that of several messages about one only the last counts. What cannot be read, and what
/// is about no task, is left out.
pub(super) fn plan(messages: &[Message]) -> Plan {
    let mut told: HashSet<(&str, String)> = HashSet::new();
    let mut news = Vec::new();
    for message in messages.iter().rev() {
        let project = message.context.project_id.as_str();
        let about = if RIGHTS.contains(&message.topic.as_str()) {
            let Some(name) = caller(message) else { continue };
            About::Caller(name)
        } else if message.topic == STEP_EXECUTED {
            let Ok(StepExecuted { task_id, step, .. }) = message.payload() else { continue };
            About::Step(task_id, Box::new(step))
        } else {
            let Ok(AboutTask { task_id }) = message.payload() else { continue };
            if task_id.is_empty() || !told.insert((project, task_id.clone())) {
                continue;
            }
            About::Incident(task_id)
        };
        news.push(News { seq: message.seq, project: project.to_owned(), about });
    }
    news.reverse();
    Plan { news }
}

/// Whose rights a message is about, by the name they call with.
pub(super) fn caller(message: &Message) -> Option<String> {
    let IdentityNews { subject, .. } = message.payload().ok()?;
    Some(subject.strip_prefix("user:").unwrap_or(&subject).to_owned())
}

impl Plan {
    /// The incidents whose summaries are needed, by project.
    pub(super) fn wanted(&self) -> BTreeMap<&str, Vec<String>> {
        let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for news in &self.news {
            if let About::Incident(task_id) = &news.about {
                wanted.entry(&news.project).or_default().push(task_id.clone());
            }
        }
        wanted
    }

    /// The frames; an incident that is not there any more has none.
    pub(super) fn frames(&self, summaries: &HashMap<String, IncidentSummary>) -> Vec<Frame> {
        let frame = |news: &News| {
            let cursor = news.seq;
            let text = match &news.about {
                About::Incident(task_id) => {
                    Word::Incident { cursor, summary: summaries.get(task_id)? }.text()
                }
                About::Step(task_id, step) => Word::Step { cursor, task_id, step }.text(),
                About::Caller(name) => return Some(Frame::changed(name.clone(), cursor)),
            };
            Some(Frame { to: To::Project(news.project.clone()), cursor, text })
        };
        self.news.iter().filter_map(frame).collect()
    }
}
