//! Results for tests.

use crate::eval::case::Measured;
use aetherius_execution::recorded::{Expectation, HEALTHY};

fn labels(root_cause: &str, object: &str, taxonomy: &str) -> Expectation {
    Expectation { root_cause: root_cause.into(), object: object.into(), taxonomy: taxonomy.into() }
}

fn measured(expected: Option<Expectation>, answered: Option<Expectation>) -> Measured {
    Measured {
        expected,
        answered,
        confidence: 0.85,
        excerpts: 2,
        grounded: 2,
        rules_ms: 1.5,
        case_ms: 20.0,
        renamed: None,
    }
}

/// One right, one with a wrong cause, one missed, one healthy, one false alarm, one without an answer, one that did not load.
pub(in crate::eval) fn results() -> Vec<(String, anyhow::Result<Measured>)> {
    let oom = || Some(labels("oom_killed", "deployment/cart", "runtime"));
    let healthy = || Some(labels(HEALTHY, "", ""));
    let renamed = Measured {
        renamed: Some(Err("nothing instead of oom_killed".into())),
        grounded: 1,
        ..measured(oom(), Some(labels("crash_loop", "deployment/cart", "runtime")))
    };
    vec![
        (
            "a/1".into(),
            Ok(Measured {
                renamed: Some(Ok(())),
                ..measured(oom(), Some(labels("OOM-Killed", "Deployment/cart", "Runtime")))
            }),
        ),
        ("a/2".into(), Ok(renamed)),
        ("a/3".into(), Ok(measured(oom(), None))),
        ("b/1".into(), Ok(measured(healthy(), None))),
        ("b/2".into(), Ok(measured(healthy(), oom()))),
        ("c/1".into(), Ok(measured(None, None))),
        ("c/2".into(), Err(anyhow::anyhow!("c/2/case.yaml: no such file"))),
    ]
}
