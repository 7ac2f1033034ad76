//! What the admin server says, for people.

use serde_json::Value;
use std::fmt::Write as _;

#[cfg(test)]
mod tests;

pub(super) fn status(status: &Value) -> String {
    let mut out = format!(
        "agw {}, pid {}, up {}\nconfiguration  {} (sha256 {})\n",
        text(&status["version"]),
        text(&status["pid"]),
        span(status["uptime_s"].as_u64().unwrap_or(0)),
        text(&status["config_file"]),
        text(&status["config_sha256"]).chars().take(12).collect::<String>(),
    );
    let listeners: Vec<String> =
        items(&status["listeners"]).map(|listener| text(&listener["address"])).collect();
    let _ = writeln!(
        out,
        "listening on   {}, admin {}, {} connections",
        listeners.join(", "),
        text(&status["admin"]),
        text(&status["connections"])
    );
    let reload = &status["last_reload"];
    if !reload.is_null() {
        let outcome = if reload["taken_over"] == true { "taken over" } else { "REFUSED" };
        let _ = writeln!(out, "last reload    {} by {}: {outcome}", text(&reload["at"]), text(&reload["by"]));
        for problem in items(&reload["problems"]) {
            let _ = writeln!(out, "  - {}", text(problem));
        }
    }
    let routes = items(&status["routes"]).map(|route| {
        let meta = &route["meta"];
        vec![
            text(&route["name"]),
            list(&route["hosts"], "*"),
            text(&route["path"]),
            list(&route["methods"], "*"),
            text(&route["cluster"]),
            if route["auth_required"] == true { "required".to_owned() } else { "-".to_owned() },
            text(&meta["version"]),
            text(&meta["owner"]),
            list(&meta["tags"], ""),
        ]
    });
    let head = ["ROUTE", "HOSTS", "PATH", "METHODS", "CLUSTER", "AUTH", "VERSION", "OWNER", "TAGS"];
    out.push('\n');
    out.push_str(&table(&head, &routes.collect::<Vec<_>>()));
    let clusters = items(&status["clusters"]).flat_map(|cluster| {
        items(&cluster["endpoints"]).map(|endpoint| {
            vec![
                text(&cluster["name"]),
                text(&endpoint["address"]),
                text(&endpoint["lane"]),
                text(&endpoint["health"]),
                text(&endpoint["in_flight"]),
                text(&endpoint["latency_ms"]),
                text(&cluster["breaker"]),
            ]
        })
    });
    out.push('\n');
    let head = ["CLUSTER", "ENDPOINT", "LANE", "HEALTH", "REQUESTS", "LATENCY MS", "BREAKER"];
    out.push_str(&table(&head, &clusters.collect::<Vec<_>>()));
    let certificates = items(&status["certificates"]).map(|one| {
        vec![text(&one["name"]), list(&one["hosts"], ""), text(&one["not_after"]), text(&one["days_left"])]
    });
    let certificates: Vec<Vec<String>> = certificates.collect();
    if !certificates.is_empty() {
        out.push('\n');
        out.push_str(&table(&["CERTIFICATE", "HOSTS", "GOOD UNTIL", "DAYS LEFT"], &certificates));
    }
    out
}

pub(super) fn reloaded(answer: &Value) -> String {
    let mut out = format!(
        "taken over: {} changes, sha256 {}",
        text(&answer["changes"]),
        text(&answer["config_sha256"])
    );
    if let Some(backup) = answer["backup"].as_str() {
        let _ = write!(out, "\nthe file before is {backup}");
    }
    out
}

pub(super) fn changes(changes: &Value) -> String {
    let mut out = String::new();
    for change in items(changes) {
        let _ = write!(
            out,
            "{}  {} {} {}  by {}",
            text(&change["at"]),
            text(&change["kind"]),
            text(&change["name"]),
            text(&change["change"]),
            text(&change["by"])
        );
        for (name, label) in [("version", "version"), ("owner", "owner")] {
            if let Some(value) = change[name].as_str() {
                let _ = write!(out, ", {label} {value}");
            }
        }
        out.push('\n');
        for field in items(&change["fields"]) {
            let _ = writeln!(
                out,
                "    {}: {} → {}",
                text(&field["field"]),
                shown(&field["before"]),
                shown(&field["after"])
            );
        }
    }
    if out.is_empty() { "nothing has changed since the gateway was started\n".to_owned() } else { out }
}

pub(super) fn explanation(answer: &Value) -> String {
    let mut out = String::new();
    for step in items(&answer["steps"]) {
        let _ = writeln!(out, "{:<14} {}", text(&step["step"]).replace('_', " "), text(&step["found"]));
    }
    let _ = write!(out, "\n{}", text(&answer["summary"]));
    out
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "(none)".to_owned() } else { value.to_string() }
}

fn list(value: &Value, if_empty: &str) -> String {
    let texts: Vec<String> = items(value).map(text).collect();
    if texts.is_empty() { if_empty.to_owned() } else { texts.join(",") }
}

fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Columns as wide as their widest cell; empty ones are left out.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let used = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
    let columns: Vec<usize> = (0..head.len()).filter(|&column| column == 0 || used(column)).collect();
    let titles: Vec<String> = head.iter().map(|&title| title.to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&titles).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for line in &lines {
        let cells: Vec<String> = columns
            .iter()
            .map(|&column| format!("{:<width$}", line[column], width = width(column)))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}
