//! Questions that only a recorded case answers. They are no programs, so the list is about spelling, not about danger.

use super::operands::Operands;
use super::verb::{Verb, verb};

pub(super) static VERBS: &[Verb] = &[
    verb(&[&["CheckNodeServiceStatus"]], &[], &[], Operands::Pairs),
    verb(&[&["CheckServiceConnectivity"]], &[], &[], Operands::Pairs),
    verb(&[&["GetAlerts"]], &[], &[], Operands::Pairs),
    verb(&[&["GetAppYAML"]], &[], &[], Operands::Pairs),
    verb(&[&["GetClusterConfiguration"]], &[], &[], Operands::Pairs),
    verb(&[&["GetErrorLogs"]], &[], &[], Operands::Pairs),
    verb(&[&["GetServiceDependencies"]], &[], &[], Operands::Pairs),
];
