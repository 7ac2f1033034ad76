//! The columns of a table: a header whose words stand where the cells begin.

/// No table of `kubectl` has as many; what stands further right belongs to the last.
const COLUMNS_MAX: usize = 32;

/// The header of a table.
pub(super) struct Columns<'a> {
    names: Vec<&'a str>,
    /// Where each column begins, in characters.
    starts: Vec<usize>,
}

/// The cells of a row, by the names of the header.
pub(super) struct Row<'c, 'a> {
    columns: &'c Columns<'a>,
    cells: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// Column names are set apart by two spaces or more; a single space belongs to a name (`LAST SEEN`).
    pub(super) fn of(header: &'a str) -> Self {
        let (names, starts) = words(header).take(COLUMNS_MAX).map(|(at, name)| (name, at)).unzip();
        Self { names, starts: characters(header, starts) }
    }

    /// Columns of rows that have no header over them: the cells are told apart by two spaces or more.
    pub(super) fn unplaced(names: &[&'a str]) -> Self {
        Self { names: names.to_vec(), starts: Vec::new() }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    pub(super) fn row<'c>(&'c self, line: &'a str) -> Row<'c, 'a> {
        let cells = self.by_position(line).unwrap_or_else(|| self.by_gaps(line));
        Row { columns: self, cells }
    }

    /// Gaps of two spaces or more set cells apart; what is too much belongs to the last.
    fn by_gaps(&self, line: &'a str) -> Vec<&'a str> {
        let mut cells: Vec<(usize, &'a str)> = words(line).collect();
        if cells.len() > self.names.len() {
            cells.truncate(self.names.len());
            if let Some((at, cell)) = cells.last_mut() {
                *cell = line.get(*at..).unwrap_or("").trim_end();
            }
        }
        cells.into_iter().map(|(_, cell)| cell).collect()
    }

    /// `None` when the row does not keep to the header: a message with a line break makes `kubectl` begin new widths.
    fn by_position(&self, line: &'a str) -> Option<Vec<&'a str>> {
        if self.starts.is_empty() {
            return None;
        }
        let mut ends = Vec::with_capacity(self.starts.len());
        let mut characters = line.char_indices().enumerate().peekable();
        let mut before = ' ';
        for start in &self.starts {
            while let Some((_, (_, character))) = characters.next_if(|(count, _)| count < start) {
                before = character;
            }
            if before != ' ' && characters.peek().is_some() {
                return None;
            }
            ends.push(characters.peek().map_or(line.len(), |(_, (at, _))| *at));
        }
        let nexts = ends.iter().skip(1).copied().chain(std::iter::once(line.len()));
        Some(ends.iter().zip(nexts).map(|(from, to)| line.get(*from..to).unwrap_or("").trim()).collect())
    }
}

impl<'a> Row<'_, 'a> {
    /// The cell under `name`; empty when there is none.
    pub(super) fn get(&self, name: &str) -> &'a str {
        let at = self.columns.names.iter().position(|known| *known == name);
        at.and_then(|at| self.cells.get(at)).copied().unwrap_or("")
    }
}

/// Byte positions, in ascending order, as counts of characters.
fn characters(text: &str, positions: Vec<usize>) -> Vec<usize> {
    let (mut at, mut count) = (0, 0);
    let counts = positions.into_iter().map(|position| {
        count += text.get(at..position).map_or(0, |part| part.chars().count());
        at = position;
        count
    });
    counts.collect()
}

/// Runs of text that are set apart by two spaces or more, and where each begins.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    line.split("  ").filter_map(move |part| {
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 2;
        let word = part.trim();
        if word.is_empty() { None } else { Some((start, word)) }
    })
}
