//! Names in the tables of `kubectl get`.

use super::Names;

pub(super) fn read(text: &str, names: &mut Names) {
    let mut columns: Vec<(usize, &str)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if is_header(line) {
            columns = cells(line);
            continue;
        }
        let cell = |column: &str| {
            let at = columns.iter().position(|(_, name)| *name == column)?;
            let end = columns.get(at + 1).map_or(line.len(), |(start, _)| *start);
            line.get(columns[at].0..end.min(line.len())).map(str::trim)
        };
        if cell("NAMESPACE").is_some_and(super::is_of_system) {
            continue;
        }
        for column in ["NAME", "NAMESPACE", "NODE", "OBJECT", "CLAIM", "VOLUME", "STORAGECLASS", "CONTAINERS"]
        {
            for name in cell(column).unwrap_or("").split(',') {
                names.object(name.rsplit('/').next().unwrap_or(name));
            }
        }
        for column in ["SELECTOR", "LABELS"] {
            names.labels(cell(column).unwrap_or(""));
        }
        for image in cell("IMAGES").unwrap_or("").split(',') {
            names.image(image);
        }
    }
}

/// A header is in capitals, and most tables begin with one of these.
fn is_header(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or("");
    matches!(first, "NAME" | "NAMESPACE" | "LAST") && !line.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Runs of text set apart by two spaces or more, and where each begins.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut cells = Vec::new();
    for part in line.split("  ") {
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 2;
        if !part.trim().is_empty() {
            cells.push((start, part.trim()));
        }
    }
    cells
}
