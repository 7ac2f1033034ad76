//! Rows of events.

use crate::adapter::table::{Columns, Row};
use crate::adapter::text::age_s;
use crate::objects::{Event, Involved, Key};

/// The columns without `-A` and `-o wide`.
pub(super) fn columns() -> Columns<'static> {
    Columns::unplaced(&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"])
}

pub(super) fn event(namespace: &str, row: &Row<'_, '_>) -> Option<Event> {
    let (kind, name) = row.get("OBJECT").split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let namespace = if kind == "node" { "" } else { namespace };
    Some(Event {
        involved: Involved { kind, key: Key::new(namespace, name) },
        level: row.get("TYPE").to_owned(),
        reason: row.get("REASON").to_owned(),
        message: row.get("MESSAGE").to_owned(),
        count: row.get("COUNT").parse().unwrap_or(1),
        last_seen: None,
        age_s: age_s(row.get("LAST SEEN")),
    })
}
