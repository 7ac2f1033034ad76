//! The cases of `http2.txt`.

use super::{Cut, Outcome, PATIENCE, cases, unescaped};
use crate::{
    frames::{
        CONTINUATION, DATA, END_HEADERS, END_STREAM, Event, H2Client, HEADERS, PREFACE, SETTINGS, frame,
        frame_type, header_block, number, request, with_length,
    },
    strict_origin::StrictOrigin,
    support::{Setup, until},
};
use tokio::time::timeout;

/// The stream on which a connection must still serve.
const AFTER: u32 = 1001;

/// What a client does.
#[derive(Debug)]
enum Step {
    Send(Vec<u8>),
    Await(Vec<Event>),
}

fn case(lines: &[&str]) -> (Vec<Step>, Outcome) {
    let mut steps = vec![Step::Send([PREFACE, &frame(SETTINGS, 0, 0, &[])].concat())];
    let mut outcome = Outcome::default();
    for line in lines {
        let (command, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
        let value = value.strip_prefix(' ').unwrap_or(value);
        let words: Vec<&str> = command.split(' ').collect();
        match words[0] {
            "raw" => steps[0] = Step::Send(unescaped(value)),
            "want" => {
                outcome.open = value.ends_with("open");
                steps.push(Step::Await(value.split(", ").filter_map(wanted).collect()));
            }
            "request" | "headers" | "continuation" | "data" | "frame" => {
                steps.push(Step::Send(sent(&words, value)));
            }
            _ => outcome.take(command, value),
        }
    }
    (steps, outcome)
}

fn sent(words: &[&str], value: &str) -> Vec<u8> {
    let has = |word: &str| words.contains(&word);
    let end = if has("end") { END_STREAM } else { 0 };
    let whole = if has("open") { 0 } else { END_HEADERS };
    match words[0] {
        "request" => {
            let (line, rest) = value.split_once(" | ").unwrap_or((value, ""));
            let (method, path) = line.split_once(' ').unwrap();
            let fields = fields(rest);
            let fields: Vec<(&[u8], &[u8])> =
                fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
            frame(HEADERS, end | whole, number(words[1]), &request(method, path, &fields))
        }
        "headers" | "continuation" => {
            let fields = fields(value);
            let fields: Vec<(&[u8], &[u8])> =
                fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
            let kind = if words[0] == "headers" { HEADERS } else { CONTINUATION };
            frame(kind, end | whole, number(words[1]), &header_block(&fields))
        }
        "data" => frame(DATA, end, number(words[1]), &unescaped(value)),
        _ => {
            let payload: Vec<u8> = hex::decode(value.trim()).unwrap();
            let length = if has("length") { number(words[5]) } else { payload.len() as u32 };
            with_length(length, frame_type(words[1]), number(words[2]) as u8, number(words[3]), &payload)
        }
    }
}

/// `name: value | name: value`; a name may begin with a colon.
fn fields(text: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let fields = text.split(" | ").filter(|field| !field.is_empty());
    let split = |field: &str| {
        let pseudo = usize::from(field.starts_with(':') && !field.starts_with(": "));
        let colon = pseudo + field[pseudo..].find(':').unwrap();
        let value = field[colon + 1..].strip_prefix(' ').unwrap_or(&field[colon + 1..]);
        (unescaped(&field[..colon]), unescaped(value))
    };
    fields.map(split).collect()
}

fn wanted(text: &str) -> Option<Event> {
    let words: Vec<&str> = text.trim().split(' ').collect();
    Some(match words[0] {
        "status" => Event::Status(number(words[1]), number(words[2]) as u16, false),
        "reset" => Event::Reset(number(words[1]), words[2].to_owned()),
        "goaway" => Event::GoAway(words.get(1).copied().unwrap_or_default().to_owned()),
        "pong" => Event::Pong,
        "closed" => Event::Closed,
        "open" => return None,
        _ => panic!("{text}"),
    })
}

/// Whether a goodbye with any error is wanted and this is one.
fn is_any_goodbye(wanted: &Event, event: &Event) -> bool {
    matches!((wanted, event), (Event::GoAway(error), Event::GoAway(_)) if error.is_empty())
}

/// What happened, as far as cases care.
fn plain(event: Event) -> Event {
    match event {
        Event::Status(stream, status, _) => Event::Status(stream, status, false),
        other => other,
    }
}

async fn run(
    setup: &Setup,
    origin: &StrictOrigin,
    steps: Vec<Step>,
    outcome: &Outcome,
) -> Result<(), String> {
    let mut client = H2Client::connect(setup.address()).await;
    let mut happened = Vec::new();
    for step in steps {
        match step {
            Step::Send(bytes) => drop(client.send(&bytes).await),
            Step::Await(mut missing) => {
                while !missing.is_empty() {
                    let event = timeout(PATIENCE, client.next()).await;
                    let event =
                        plain(event.map_err(|_| format!("waited for {missing:?}, got {happened:?}"))?);
                    missing.retain(|wanted| *wanted != event && !is_any_goodbye(wanted, &event));
                    happened.push(event.clone());
                    if event == Event::Closed && !missing.is_empty() {
                        return Err(format!("waited for {missing:?}, got {happened:?}"));
                    }
                }
            }
        }
    }
    if outcome.open {
        client.get(AFTER, "/after").await;
        let answered =
            timeout(PATIENCE, client.until(|event| matches!(event, Event::Status(AFTER, ..)))).await;
        // Its status may stand in the table by now.
        if !matches!(answered, Ok(Event::Status(AFTER, 200 | 0, _))) {
            return Err(format!("the connection should have served on: {answered:?}, after {happened:?}"));
        }
    }
    let cut = usize::from(outcome.cut == Cut::One);
    until(|| origin.seen().len() >= outcome.origin.len() + cut + usize::from(outcome.open)).await;
    // Another connection's request, so that what is left on a pooled connection comes to light.
    let other = setup.raw(b"GET /other HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await;
    if other.status() != 200 || other.body() != "ok" {
        return Err("another client's request was not served".to_owned());
    }
    outcome.compare(&origin.take())
}

#[tokio::test]
async fn http2_frames_have_one_reading_or_none() {
    let origin = StrictOrigin::start().await;
    let dir = tempfile::tempdir().unwrap();
    let setup =
        Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{}'}}]", origin.address)).await;
    let cases = cases(include_str!("http2.txt"));
    let mut failed = Vec::new();
    for (name, lines) in &cases {
        let (steps, outcome) = case(lines);
        if let Err(why) = run(&setup, &origin, steps, &outcome).await {
            origin.take();
            failed.push(format!("{name}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
