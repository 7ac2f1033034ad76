//! All incidents, newest first.

use super::{
    layout::{Page, Refresh, Visitor},
    text::{age, clean, cut},
};
use crate::incident::{IncidentPage, IncidentSummary, is_open};
use aetherius_contracts::tasks::TaskStatus;
use jiff::Timestamp;
use maud::{Markup, html};

const TITLE_CHARS_MAX: usize = 160;

/// A page of the list; `after` is empty on the first.
pub(crate) fn page(page: &IncidentPage, after: &str, now: Timestamp) -> Page {
    let open = page.items.iter().filter(|item| is_open(item.status)).count();
    let is_first = after.is_empty();
    let body = html! {
        div.heading {
            h1 { "Incidents" }
            @if open > 0 { p.soft { (open) " in work · updated every 5 s" } }
        }
        @if page.items.is_empty() {
            @if is_first { (how_to_begin()) } @else { p { "There are no older incidents." } }
        } @else {
            (table(&page.items, now))
        }
        (pager(page, is_first))
    };
    let refresh = if open > 0 { Refresh::WhileSomethingHappens } else { Refresh::Never };
    Page { title: "Incidents".to_owned(), refresh, visitor: Visitor::Known, body }
}

/// Roles are written out: on a narrow screen the rows become blocks, and browsers then forget what they were.
fn table(items: &[IncidentSummary], now: Timestamp) -> Markup {
    html! {
        table.incidents role="table" aria-label="Incidents, newest first" {
            thead role="rowgroup" { tr role="row" {
                @for name in ["Status", "Severity", "Alert", "Namespace", "Root cause", "Age", "Priority"] {
                    th role="columnheader" scope="col" { (name) }
                }
            } }
            tbody role="rowgroup" { @for item in items { (row(item, now)) } }
        }
    }
}

fn row(item: &IncidentSummary, now: Timestamp) -> Markup {
    html! {
        tr role="row" {
            td.status role="cell" { (status(item.status.as_str())) }
            td.severity role="cell" { (severity(&item.severity)) }
            td.alert role="cell" { a.row href={ "/ui/incidents/" (item.task_id) } { (cut(&clean(&item.alert_name), 120)) } }
            td.namespace role="cell" {
                @if item.namespace.is_empty() { span.soft { "whole cluster" } } @else { (cut(&clean(&item.namespace), 80)) }
            }
            td.cause role="cell" {
                @match &item.title {
                    Some(title) => { (cut(&clean(title), TITLE_CHARS_MAX)) }
                    None => { span.soft { (without_title(item.status)) } }
                }
            }
            td.age role="cell" { time datetime=(item.created_at) title=(item.created_at) { (age(item.created_at, now)) } }
            td.priority role="cell" { (item.priority) }
        }
    }
}

fn without_title(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Pending | TaskStatus::Scheduled => "waiting for a worker",
        TaskStatus::Running => "being looked into",
        _ => "–",
    }
}

/// A word with a colour of its own; the colour says nothing that the word does not.
pub(crate) fn status(word: &str) -> Markup {
    html! { span class={ "chip " (word) } { (word) } }
}

pub(crate) fn severity(word: &str) -> Markup {
    html! { span class={ "level " (word) } { (word) } }
}

fn pager(page: &IncidentPage, is_first: bool) -> Markup {
    html! {
        @if !is_first || page.next.is_some() {
            nav.pager aria-label="Pages" {
                @if !is_first { a href=(super::HOME) { "Newest" } }
                @if let Some(next) = &page.next { a href={ (super::HOME) "?after=" (next) } rel="next" { "Older" } }
            }
        }
    }
}

fn how_to_begin() -> Markup {
    html! {
        section.narrow.empty {
            h2 { "Nothing has happened yet" }
            p { "An incident appears here as soon as an alert arrives. Send one to see the way of it:" }
            pre tabindex="0" { (TRY) }
            p { "For real alerts, add this to Alertmanager's " code { "receivers" } ":" }
            pre tabindex="0" { (RECEIVER) }
            p.soft {
                "Put the address of this page for " code { "ADDRESS" } " and the token with which you have signed in for "
                code { "$TOKEN" } ". Alertmanager needs no more than the webhook token, which was made beside it."
            }
        }
    }
}

const TRY: &str = r#"curl http://ADDRESS/webhook/custom/try \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"name": "PodNotReady", "severity": "high",
       "namespace": "default"}'"#;

const RECEIVER: &str = "- name: aetherius
  webhook_configs:
    - url: http://ADDRESS/webhook/alertmanager
      http_config:
        authorization:
          credentials_file: /path/to/webhook-token";
