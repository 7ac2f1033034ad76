//! What `diagnose` and `record` look at: a recorded case, a dump, or a living cluster.

use crate::{
    cli::{CaseFormat, SourceArgs},
    one_shot::{self, Outcome},
    progress::Progress,
    settings,
};
use aetherius_contracts::execution::StepStatus;
use aetherius_execution::{
    ClusterSource, KubectlSettings,
    recorded::{self, Format, Recorded},
    runner::Cluster,
    tells_of_silence,
};
use anyhow::{Context, bail};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

#[cfg(test)]
mod tests;

/// How often a waiting person is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Something that can be asked.
pub(crate) struct Source {
    pub(crate) cluster: Cluster,
    /// Where to look; empty for everywhere.
    pub(crate) namespace: String,
    /// How it was written down; nothing for a living cluster.
    pub(crate) format: Option<Format>,
}

impl From<CaseFormat> for Format {
    fn from(format: CaseFormat) -> Self {
        match format {
            CaseFormat::Aetherius => Self::Own,
            CaseFormat::CloudOpsBench => Self::CloudOpsBench,
            CaseFormat::Dump => Self::Dump,
        }
    }
}

/// Finds what the command line names.
pub(crate) fn open(args: &SourceArgs) -> anyhow::Result<Source> {
    let namespace = if args.all_namespaces { Some(String::new()) } else { args.namespace.clone() };
    match args.dir.as_ref().or(args.case.as_ref()) {
        Some(dir) => {
            let format = args.format.map_or_else(|| recorded::detect(dir), |format| Ok(format.into()))?;
            let mut case = recorded::load(dir, format)?;
            if let Some(named) = namespace {
                case.namespace = within(&case, named)?;
            }
            Ok(Source {
                namespace: case.namespace.clone(),
                format: Some(format),
                cluster: Cluster::Recorded(Arc::new(case)),
            })
        }
        None if args.format.is_some() => {
            bail!("`--format` says how a directory was written down; name the directory too")
        }
        None if args.context.is_none() && args.kubeconfig.is_none() && namespace.is_none() => {
            bail!(
                "say what to look at: a DIR, or of a cluster a namespace with -n, all of them with -A, or its --context"
            )
        }
        None => {
            let cluster = live(args.context.clone(), args.kubeconfig.as_deref())?;
            Ok(Source { cluster, namespace: namespace.unwrap_or_default(), format: None })
        }
    }
}

/// The namespace, if the recording knows it.
fn within(case: &Recorded, namespace: String) -> anyhow::Result<String> {
    let known = case.namespaces();
    let of_all =
        case.outputs().any(|(argv, _)| argv.iter().any(|word| word == "-A" || word == "--all-namespaces"));
    if namespace.is_empty() || of_all || known.contains(namespace.as_str()) {
        return Ok(namespace);
    }
    let known: Vec<&str> = known.into_iter().collect();
    bail!("nothing was recorded of the namespace `{namespace}`; there is: {}", known.join(", "))
}

fn live(context: Option<String>, kubeconfig: Option<&Path>) -> anyhow::Result<Cluster> {
    let settings =
        KubectlSettings { kubeconfig: kubeconfig.map(Path::to_owned), context, ..KubectlSettings::default() };
    match ClusterSource::live(&settings, &settings::environment()) {
        ClusterSource::Ready(cluster) => Ok(cluster),
        ClusterSource::Missing(reason) => bail!(reason),
    }
}

impl Source {
    /// Diagnoses it, and tells a waiting person how far it is.
    ///
    /// # Errors
    /// When a living cluster showed nothing, why that is.
    pub(crate) fn diagnose(&self) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let asked = Arc::new(AtomicUsize::new(0));
        let outcome = runtime.block_on(async {
            let progress = Progress::begin();
            let mut running =
                std::pin::pin!(one_shot::diagnose(self.cluster.clone(), &self.namespace, Arc::clone(&asked)));
            let outcome = loop {
                tokio::select! {
                    outcome = &mut running => break outcome,
                    () = tokio::time::sleep(TELL_EVERY) => {
                        progress.tell(&format!("{} commands answered", asked.load(Ordering::Relaxed)));
                    }
                }
            };
            progress.end();
            outcome.context("it could not be diagnosed")
        })?;
        if let (None, Some(reason)) = (self.format, nothing_seen(&outcome, &self.namespace)) {
            bail!(reason);
        }
        Ok(outcome)
    }
}

/// Why a living cluster showed nothing at all, if it did not. "Nothing is wrong" would be a lie then.
fn nothing_seen(outcome: &Outcome, namespace: &str) -> Option<String> {
    let steps = &outcome.result.steps;
    if outcome.result.outputs_seen() == 0 {
        let errors = steps.iter().map(|step| step.error.as_str());
        let first =
            errors.clone().find(|error| !error.starts_with("not asked")).or_else(|| errors.clone().next());
        return Some(refusal(first.unwrap_or("no command was run")));
    }
    let in_namespace = |id: &str| {
        let args = outcome.commands.get(id).map(|command| command.args.as_slice()).unwrap_or_default();
        args.windows(2).any(|pair| pair[0] == "-n" && pair[1] == namespace)
    };
    let mut there =
        steps.iter().filter(|step| step.status == StepStatus::Success && in_namespace(&step.step_id));
    let is_empty = |output: &str| output.trim().is_empty() || output.contains("\"items\": []");
    let looked = there.clone().next().is_some();
    (!namespace.is_empty() && looked && there.all(|step| is_empty(&step.output))).then(|| {
        format!(
            "there is nothing in the namespace `{namespace}`: is its name right? `kubectl get namespaces` lists those there are"
        )
    })
}

/// What kubectl's words mean and what to do about it.
fn refusal(error: &str) -> String {
    let is_log = |line: &str| {
        let word = line.split(' ').next().unwrap_or("");
        word.len() == 5 && word.starts_with(['E', 'W', 'I']) && word[1..].bytes().all(|b| b.is_ascii_digit())
    };
    let mut said = error.lines().map(str::trim).filter(|line| !line.is_empty() && !is_log(line));
    let said = said.next_back().unwrap_or(error.trim());
    let has = |words: &str| said.to_ascii_lowercase().contains(words);
    if has("context was not found") || (has("context ") && has("does not exist")) {
        format!(
            "the kubeconfig has no such context: {said}; `kubectl config get-contexts` lists those there are"
        )
    } else if tells_of_silence(error) {
        format!("the cluster does not answer: {said}; check its address in the kubeconfig, and the way there")
    } else if has("forbidden") {
        format!(
            "you may not read this: {said}; it needs `get` and `list`, and for one namespace alone name it with -n"
        )
    } else if has("unauthorized") || has("must be logged in") || has("provide credentials") {
        format!("the cluster does not take the credentials of the kubeconfig: {said}")
    } else {
        format!("nothing could be looked at: {said}")
    }
}
