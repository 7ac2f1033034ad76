use super::{INCIDENTS, Screen, list::place};
use crate::{
    cli::print,
    client::{Client, age, encode, list, print_json, printable, text},
};
use serde_json::Value;
use std::fmt::Write;

pub(super) async fn run(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let incident = client.get(&format!("{INCIDENTS}/{}", encode(id))).await?;
    if json {
        return print_json(&incident);
    }
    print(&render(&incident, &Screen::open()))
}

/// An incident as a page of text.
fn render(incident: &Value, screen: &Screen) -> String {
    let mut page = String::new();
    head(&mut page, incident, screen);
    cause(&mut page, incident, screen);
    for (title, lines) in [
        ("Commands", commands(incident)),
        ("Timeline", timeline(incident)),
        ("Comments", comments(incident, screen)),
        ("Similar incidents before", similar(incident, screen)),
    ] {
        section(&mut page, title, &lines, screen);
    }
    page
}

fn section(page: &mut String, title: &str, lines: &[String], screen: &Screen) {
    if lines.is_empty() {
        return;
    }
    line(page, "");
    line(page, &screen.paint.bold(title));
    for text in lines {
        line(page, &format!("  {text}"));
    }
}

/// Writing into a text cannot fail.
fn line(page: &mut String, text: &str) {
    let _ = writeln!(page, "{text}");
}

fn head(page: &mut String, incident: &Value, screen: &Screen) {
    let (task, summary) = (&incident["task"], &incident["summary"]);
    let name = printable(text(task, "/alert_name"));
    let (severity, status) = (text(task, "/severity"), text(task, "/status"));
    line(
        page,
        &format!(
            "{}  {}  {}",
            screen.paint.bold(&name),
            screen.paint.word(severity),
            screen.paint.word(status)
        ),
    );
    let mut facts = vec![
        ("Incident", text(task, "/id").to_owned()),
        ("Where", place(task)),
        ("Since", since(text(task, "/created_at"), screen)),
        ("Summary", text(task, "/context/annotations/summary").to_owned()),
        (
            "Repeats",
            summary["repeats"].as_u64().filter(|&n| n > 0).map_or_else(String::new, |n| n.to_string()),
        ),
        ("Assigned to", text(summary, "/assignee").to_owned()),
        ("Acknowledged", text(summary, "/acknowledged_by").to_owned()),
        ("Silenced until", text(summary, "/silenced_until").to_owned()),
        ("Diagnosis is", text(summary, "/feedback").to_owned()),
        ("Report", text(incident, "/report_id/value").to_owned()),
        ("Trace", text(task, "/trace_id").to_owned()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    for (name, value) in facts {
        line(page, &format!("  {name:<15}{}", printable(&value)));
    }
}

fn since(time: &str, screen: &Screen) -> String {
    format!("{time} ({} ago)", age(time, screen.now))
}

fn cause(page: &mut String, incident: &Value, screen: &Screen) {
    let task = &incident["task"];
    let diagnosis = &task["result"]["diagnosis"];
    let finding = &diagnosis["root_cause"];
    let lines = if !finding.is_null() {
        told(finding, screen)
    } else if !diagnosis.is_null() {
        vec!["Nothing was found to be wrong.".to_owned()]
    } else if let Some(why) = task["error_message"].as_str() {
        vec![printable(why)]
    } else {
        vec!["It is being looked into.".to_owned()]
    };
    section(page, "Root cause", &lines, screen);
    let others: Vec<String> = list(diagnosis, "/other_findings")
        .iter()
        .map(|finding| format!("{}: {}", text(finding, "/rule"), printable(text(finding, "/summary"))))
        .collect();
    section(page, "Also found", &others, screen);
    let gaps: Vec<String> =
        list(diagnosis, "/gaps").iter().filter_map(Value::as_str).map(printable).collect();
    section(page, "Could not be looked at", &gaps, screen);
}

/// A finding with its evidence, each line with where it stands.
fn told(finding: &Value, screen: &Screen) -> Vec<String> {
    let sure = finding["confidence"]
        .as_f64()
        .map_or_else(String::new, |sure| format!(", {:.0} % sure", sure * 100.0));
    let object = ["kind", "name"].map(|field| printable(text(&finding["object"], &format!("/{field}"))));
    let mut lines = vec![
        screen.paint.bold(&printable(text(finding, "/summary"))),
        format!("{} of {}{sure}", text(finding, "/rule"), object.join("/")),
        format!("To do: {}", printable(text(finding, "/remedy"))),
    ];
    for (n, evidence) in (1..).zip(list(finding, "/evidence")) {
        lines.push(format!("[{n}] {}", printable(text(evidence, "/shows"))));
        lines.push(format!("      {}", printable(text(evidence, "/excerpt")).trim()));
        lines.push(format!("      line {} of {}", evidence["line"], printable(text(evidence, "/command"))));
    }
    lines
}

fn commands(incident: &Value) -> Vec<String> {
    let steps = list(incident, "/task/result/steps").iter();
    let command = |step: &Value| {
        let (ms, status) = (step["duration_ms"].as_u64().unwrap_or_default(), text(step, "/status"));
        let mut told = format!("{status:<8}{ms:>6} ms  {}", printable(text(step, "/command")));
        let error = text(step, "/error").lines().next().unwrap_or_default();
        if !error.is_empty() {
            told.push_str(&format!("  ({})", printable(error)));
        }
        told
    };
    steps.map(command).collect()
}

/// What people did, and what the audit chain has of the incident, in the order of time.
fn timeline(incident: &Value) -> Vec<String> {
    let activity = list(incident, "/activity").iter().map(|entry| {
        let what = [text(entry, "/actor"), text(entry, "/action"), text(entry, "/detail")];
        (text(entry, "/at"), what.map(printable).join(" "))
    });
    let links = list(incident, "/audit/value").iter();
    let links = links.map(|link| (text(link, "/recorded_at"), printable(text(link, "/action"))));
    let mut entries: Vec<(&str, String)> = activity.chain(links).collect();
    entries.sort_by_key(|entry| moment(entry.0));
    // Commands come by the dozen, and are listed above.
    let mut lines: Vec<(&str, String, usize)> = Vec::new();
    for (at, what) in entries {
        match lines.last_mut() {
            Some((_, before, times)) if *before == what => *times += 1,
            _ => lines.push((at, what, 1)),
        }
    }
    let told = |(at, what, times): (&str, String, usize)| match times {
        1 => format!("{}  {}", clock(at), what.trim_end()),
        _ => format!("{}  {} ({times} times)", clock(at), what.trim_end()),
    };
    lines.into_iter().map(told).collect()
}

/// A time of one width, so that what follows is aligned.
fn clock(time: &str) -> String {
    moment(time).map_or_else(|| time.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

fn moment(time: &str) -> Option<jiff::Timestamp> {
    time.parse().ok()
}

fn comments(incident: &Value, screen: &Screen) -> Vec<String> {
    let comment = |comment: &Value| {
        let (author, at) = (text(comment, "/author"), age(text(comment, "/created_at"), screen.now));
        format!("{}, {at} ago: {}", printable(author), printable(text(comment, "/text")))
    };
    list(incident, "/comments").iter().map(comment).collect()
}

fn similar(incident: &Value, screen: &Screen) -> Vec<String> {
    let one = |item: &Value| {
        let at = age(text(item, "/created_at"), screen.now);
        format!("{}  {at} ago  {}", text(item, "/task_id"), printable(text(item, "/title")))
    };
    list(incident, "/similar").iter().map(one).collect()
}
