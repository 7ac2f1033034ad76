//! Cases for tests.

use aetherius_execution::recorded::{self, Format, NewCase, RecordedOutput};

/// A case about the namespace `bakery` with these commands and outputs.
pub(in crate::eval) fn case(outputs: &[(&str, &str)]) -> recorded::Recorded {
    let dir = tempfile::tempdir().unwrap();
    let outputs = outputs.iter().map(|(line, stdout)| {
        let argv = line.split(' ').map(str::to_owned).collect();
        (argv, RecordedOutput { stdout: (*stdout).to_owned(), ..RecordedOutput::default() })
    });
    let case = NewCase { outputs: outputs.collect(), namespace: "bakery".into(), ..NewCase::default() };
    let at = dir.path().join("case");
    recorded::write(&at, &case).unwrap();
    recorded::load(&at, Format::Own).unwrap()
}
