//! From messages to what clients are sent.

use crate::incident::IncidentSummary;
use aetherius_bus::Message;
use aetherius_contracts::{
    execution::StepResult,
    messages::{STEP_EXECUTED, StepExecuted},
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

/// A word for all clients of a project.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Empty: for the clients of every project.
    pub(super) project: String,
    pub(super) cursor: i64,
    pub(super) text: Utf8Bytes,
}

impl Frame {
    /// For everybody: load anew.
    pub(super) fn reset(cursor: i64) -> Self {
        Self { project: String::new(), cursor, text: Word::Reset { cursor }.text() }
    }

    pub(super) fn is_for(&self, project: &str) -> bool {
        self.project.is_empty() || self.project == project
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
    pub(super) task_id: String,
    /// The command that ended, if it is that.
    pub(super) step: Option<StepResult>,
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
        let (task_id, step) = if message.topic == STEP_EXECUTED {
            let Ok(StepExecuted { task_id, step, .. }) = message.payload() else { continue };
            (task_id, Some(step))
        } else {
            let Ok(AboutTask { task_id }) = message.payload() else { continue };
            (task_id, None)
        };
        if task_id.is_empty() || (step.is_none() && !told.insert((project, task_id.clone()))) {
            continue;
        }
        news.push(News { seq: message.seq, project: project.to_owned(), task_id, step });
    }
    news.reverse();
    Plan { news }
}

impl Plan {
    /// The incidents whose summaries are needed, by project.
    pub(super) fn wanted(&self) -> BTreeMap<&str, Vec<String>> {
        let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for news in self.news.iter().filter(|news| news.step.is_none()) {
            wanted.entry(&news.project).or_default().push(news.task_id.clone());
        }
        wanted
    }

    /// The frames; an incident that is not there any more has none.
    pub(super) fn frames(&self, summaries: &HashMap<String, IncidentSummary>) -> Vec<Frame> {
        let frame = |news: &News| {
            let (cursor, task_id) = (news.seq, news.task_id.as_str());
            let text = match &news.step {
                Some(step) => Word::Step { cursor, task_id, step }.text(),
                None => Word::Incident { cursor, summary: summaries.get(task_id)? }.text(),
            };
            Some(Frame { project: news.project.clone(), cursor, text })
        };
        self.news.iter().filter_map(frame).collect()
    }
}
