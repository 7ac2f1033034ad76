//! Who may know whom: the architecture as a table.
//!
//! ```text
//! foundation <- agw-core <- agw-config <- agw                      <- aetherius
//! foundation <- rpc, store <- bus <- contracts <- services/*       <- aetherius
//! ```
//! The two rows do not know each other; only `aetherius` knows both. Dependencies of tests count too.

use super::{Finding, manifests::Crate};

#[cfg(test)]
mod tests;

/// Everybody may use it.
const GROUND: &str = "foundation";

/// A row: a crate, and which of ours it may use besides [`GROUND`].
struct Row {
    name: &'static str,
    may_use: &'static [&'static str],
}

const fn row(name: &'static str, may_use: &'static [&'static str]) -> Row {
    Row { name, may_use }
}

const LAYERS: &[Row] = &[
    row(GROUND, &[]),
    // The gateway.
    row("agw-core", &[]),
    row("agw-config", &["agw-core"]),
    row("agw", &["agw-core", "agw-config"]),
    // What services stand on.
    row("aetherius-rpc", &[]),
    row("aetherius-store", &[]),
    row("aetherius-bus", &["aetherius-store"]),
    row("aetherius-contracts", &["aetherius-rpc", "aetherius-store", "aetherius-bus"]),
    // Tools know nobody: they see what a user sees.
    row("aetherius-bench", &[]),
    row("aetherius-test-cluster", &[]),
    row("xtask", &[]),
];

/// What each crate under `services/` may use; above all not another service.
const SERVICE_MAY_USE: &[&str] =
    &["aetherius-rpc", "aetherius-store", "aetherius-bus", "aetherius-contracts"];
const SERVICES: &str = "services/";

/// The only crate that knows both the gateway and the services.
const BINARY: &str = "aetherius";
const BINARY_MAY_NOT_USE: &[&str] = &["aetherius-bench", "aetherius-test-cluster", "xtask"];

/// Dependencies of tests that the table does not allow, each with its reason: (crate, what it uses, why).
const TEST_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("aetherius", "aetherius-test-cluster", "it diagnoses a live cluster"),
    ("aetherius-events", "aetherius-test-cluster", "it watches one"),
];

/// A dependency that costs much to build or to know, and the crates that may name it.
struct Heavy {
    /// The crate of this name, and those that begin with it and a hyphen.
    family: &'static str,
    /// Who may use it.
    only_in: &'static [&'static str],
}

const HEAVY: &[Heavy] = &[
    Heavy { family: "pingora", only_in: &["agw"] },
    Heavy { family: "rusqlite", only_in: &["aetherius-store"] },
    Heavy { family: "libsqlite3-sys", only_in: &["aetherius-store"] },
    Heavy { family: "kube", only_in: &["aetherius-events"] },
    Heavy { family: "k8s-openapi", only_in: &["aetherius-events"] },
    Heavy { family: "wasmtime", only_in: &[] },
    Heavy { family: "async-graphql", only_in: &[] },
];

const TABLE: &str = "xtask/src/tidy/layers.rs";

pub(crate) fn check(crates: &[Crate]) -> Vec<Finding> {
    let ours: Vec<&str> = crates.iter().map(|it| it.name.as_str()).collect();
    let mut findings = Vec::new();
    for it in crates {
        let known =
            it.name == BINARY || it.is_under(SERVICES) || LAYERS.iter().any(|row| row.name == it.name);
        if !known {
            let text = format!("`{}` is in no layer; give it a row in {TABLE}", it.name);
            findings.push(Finding::new(&it.manifest, 1, text));
            continue;
        }
        for dependency in &it.dependencies {
            let (name, line) = (dependency.name.as_str(), it.line_of(&dependency.name));
            if ours.contains(&name)
                && !may_use(it, name)
                && !(dependency.for_tests && is_excepted(&it.name, name))
            {
                findings.push(Finding::new(&it.manifest, line, forbidden(it, name)));
            }
            if let Some(heavy) = HEAVY.iter().find(|heavy| heavy.covers(name))
                && !heavy.only_in.contains(&it.name.as_str())
            {
                findings.push(Finding::new(&it.manifest, line, heavy.refusal(&it.name, name)));
            }
        }
    }
    findings
}

fn may_use(user: &Crate, used: &str) -> bool {
    if used == GROUND {
        return user.name != GROUND;
    }
    if user.name == BINARY {
        return !BINARY_MAY_NOT_USE.contains(&used);
    }
    if user.is_under(SERVICES) {
        return SERVICE_MAY_USE.contains(&used);
    }
    LAYERS.iter().any(|row| row.name == user.name && row.may_use.contains(&used))
}

fn is_excepted(user: &str, used: &str) -> bool {
    TEST_EXCEPTIONS.iter().any(|&(from, to, _)| from == user && to == used)
}

fn forbidden(user: &Crate, used: &str) -> String {
    let advice = if user.is_under(SERVICES) {
        "a service knows others only by their contracts; put what both need into `aetherius-contracts` or below"
    } else {
        "layers point downwards only; move what is needed down, or the code that needs it up"
    };
    format!("`{}` may not use `{used}`: {advice} (table: {TABLE})", user.name)
}

impl Heavy {
    fn covers(&self, name: &str) -> bool {
        name.strip_prefix(self.family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    fn refusal(&self, user: &str, used: &str) -> String {
        if self.only_in.is_empty() {
            return format!("`{user}` names `{used}`, which has no home yet; give it one in {TABLE}");
        }
        format!(
            "`{user}` names `{used}`, which belongs into {} alone; go through it",
            self.only_in.join(", ")
        )
    }
}
