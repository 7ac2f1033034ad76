//! `aetherius diagnose`: the way of an alert for one look at a cluster, a dump or a recorded case.

use crate::{
    cli::{self, DiagnoseArgs},
    cloudopsbench, source,
};
use aetherius_contracts::{
    reasoning::{Diagnosis, Evidence},
    tasks::TaskResult,
};
use aetherius_execution::recorded::Format;
use serde::Serialize;
use std::fmt::Write;

/// Diagnoses and prints the answer.
pub(crate) fn run(args: &DiagnoseArgs) -> anyhow::Result<()> {
    let source = source::open(&args.source)?;
    let result = source.diagnose()?.result;
    let answer = Answer::of(&result.diagnosis, source.format);
    if args.json {
        return cli::print(&format!("{}\n", serde_json::to_string_pretty(&answer)?));
    }
    cli::print(&for_people(&answer, &result))
}

/// The answer as JSON. Everything about the cause is null when nothing is wrong.
#[derive(Debug, Serialize)]
struct Answer {
    root_cause: Option<String>,
    object: Option<String>,
    taxonomy: Option<String>,
    confidence: Option<f64>,
    evidence: Vec<Evidence>,
    gaps: Vec<String>,
}

impl Answer {
    fn of(diagnosis: &Diagnosis, format: Option<Format>) -> Self {
        let cause = diagnosis.root_cause.as_ref();
        let (root_cause, object, taxonomy) =
            match cause.map(|finding| cloudopsbench::labels_for(format, finding)) {
                Some((root_cause, object, taxonomy)) => (Some(root_cause), Some(object), Some(taxonomy)),
                None => (None, None, None),
            };
        Self {
            root_cause,
            object,
            taxonomy,
            confidence: cause.map(|finding| finding.confidence),
            evidence: cause.map(|finding| finding.evidence.clone()).unwrap_or_default(),
            gaps: diagnosis.gaps.clone(),
        }
    }
}

fn for_people(answer: &Answer, result: &TaskResult) -> String {
    let diagnosis = &result.diagnosis;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match (&diagnosis.root_cause, &answer.root_cause, &answer.object) {
        (Some(cause), Some(root_cause), Some(object)) => writeln!(
            text,
            "{root_cause}: {object} (confidence {:.2})\n\n{}\nTo do: {}\n",
            cause.confidence, cause.summary, cause.remedy
        ),
        _ if result.outputs_seen() == 0 => {
            writeln!(text, "Nothing could be looked at, so nothing is known.\n")
        }
        _ => writeln!(text, "Nothing was found to be wrong.\n"),
    };
    for (n, evidence) in answer.evidence.iter().enumerate() {
        let hash = evidence.output_hash.get(..12).unwrap_or_default();
        let _ = writeln!(
            text,
            "[{}] {}\n    $ {}\n    output {hash}, line {}:",
            n + 1,
            evidence.shows,
            evidence.command,
            evidence.line
        );
        for line in evidence.excerpt.lines() {
            let _ = writeln!(text, "    | {line}");
        }
    }
    for other in &diagnosis.other_findings {
        let _ = writeln!(text, "Also: {} {}: {}", other.rule, other.object, other.summary);
    }
    for gap in &answer.gaps {
        let _ = writeln!(text, "Not looked at: {gap}");
    }
    text
}
