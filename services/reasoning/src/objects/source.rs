//! Where an object was told: outputs, their lines, and the lines about one object.

use std::ops::{Deref, Range};

use aetherius_contracts::execution::StepResult;

/// An object and the places that tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen<T> {
    pub(super) object: T,
    sources: Vec<Source>,
}

impl<T> Seen<T> {
    pub(super) fn new(object: T, source: Source) -> Self {
        Self { object, sources: vec![source] }
    }

    /// Where it was told, the first first; at least one.
    #[must_use]
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// One place per output is enough: an event that stands in five hundred rows is cited once.
    pub(super) fn add_source(&mut self, source: Source) {
        if self.sources.last().is_none_or(|last| last.output != source.output) {
            self.sources.push(source);
        }
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

/// The lines of an output that tell of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Index into [`Snapshot::outputs`].
    pub output: usize,
    /// Lines, counted from 0.
    pub lines: Range<usize>,
}

/// An output with an index of its lines.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    /// The step that gave it.
    pub step: &'a StepResult,
    starts: Vec<usize>,
}

impl<'a> Output<'a> {
    pub(super) fn new(step: &'a StepResult) -> Self {
        let breaks = step.output.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { step, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// How many lines it has.
    #[must_use]
    pub(crate) fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// A line, counted from 0, without its line break.
    #[must_use]
    pub(crate) fn line(&self, number: usize) -> &'a str {
        let text = self.step.output.as_str();
        let Some(start) = self.starts.get(number) else {
            return "";
        };
        let end = self.starts.get(number + 1).map_or(text.len(), |next| next - 1);
        text.get(*start..end).unwrap_or("")
    }

    /// The line, counted from 0, on which a byte stands.
    #[must_use]
    pub(crate) fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }
}
