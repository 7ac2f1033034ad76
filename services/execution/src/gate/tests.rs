mod cases;
mod insertions;
mod lines;
mod model;
mod properties;
mod tables;

use super::{Approved, Denial, Policy, Scope, judge};

/// A viewer who may see every namespace.
fn whole_cluster() -> Policy {
    Policy::viewer("main", Scope::Cluster)
}

/// A viewer bound to the namespace `shop`.
fn only_shop() -> Policy {
    Policy::viewer("main", Scope::Namespace("shop".to_owned()))
}

/// Judges a command written as words; `␣` stands for a space inside one argument.
fn ask(policy: &Policy, line: &str) -> Result<Approved, Denial> {
    let words: Vec<String> = line.split(' ').map(|word| word.replace('␣', " ")).collect();
    judge(policy, &words[0], &words[1..])
}
