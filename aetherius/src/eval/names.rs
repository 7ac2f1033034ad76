//! The names of the objects of a case, found in its commands and outputs.
//!
//! Names that are also words of Kubernetes (`default`, a container called `server`) stay what they are, because in a sentence
//! nobody can tell which of the two is meant; so do the objects of the system's own namespaces.

mod described;
mod structured;
mod tables;
mod vocabulary;

use aetherius_execution::recorded::Recorded;
use std::collections::{BTreeSet, HashSet};
use vocabulary::VOCABULARY;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

/// Shorter names are words of every language.
const NAME_BYTES_MIN: usize = 3;
const NAME_BYTES_MAX: usize = 253;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Names {
    objects: BTreeSet<String>,
    images: HashSet<String>,
    /// Names of fields that occur; nothing that is called like one can be told from it.
    fields: HashSet<String>,
}

/// Finds the names in everything that was recorded.
pub(super) fn collect(case: &Recorded) -> Names {
    let mut names = Names::default();
    names.object(&case.namespace);
    for (argv, output) in case.outputs() {
        let namespace = asked_namespace(argv);
        if is_of_system(namespace) {
            continue;
        }
        names.object(namespace);
        names.operands(argv);
        let text = output.stdout.as_str();
        for word in text.split(|c: char| c.is_whitespace() || "\"'`,;()[]".contains(c)) {
            names.reference(word);
        }
        match argv.get(1).map(String::as_str) {
            _ if text.trim_start().starts_with('{') => structured::json(text, &mut names),
            Some("get") if argv.iter().any(|word| word == "yaml") => structured::yaml(text, &mut names),
            Some("get") => tables::read(text, &mut names),
            Some("describe") => described::read(text, &mut names),
            Some("logs") => {}
            // Probes answer in any form.
            _ => structured::yaml(text, &mut names),
        }
    }
    let fields = std::mem::take(&mut names.fields);
    names.objects.retain(|name| !fields.contains(name));
    names.fields = fields;
    names
}

impl Names {
    pub(super) fn objects(&self) -> impl Iterator<Item = &str> + Clone {
        self.objects.iter().map(String::as_str)
    }

    pub(super) fn has_object(&self, name: &str) -> bool {
        self.objects.contains(name)
    }

    pub(super) fn is_image(&self, text: &str) -> bool {
        self.images.contains(text)
    }

    pub(super) fn is_vocabulary(&self, word: &str) -> bool {
        VOCABULARY.contains(&word) || self.fields.contains(word)
    }

    /// Takes a name, if it is one that can be told from other words.
    fn object(&mut self, name: &str) {
        let name = name.trim();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = name.as_bytes();
        let is_name = (NAME_BYTES_MIN..=NAME_BYTES_MAX).contains(&bytes.len())
            && bytes.iter().copied().all(fits)
            && ends(bytes.first())
            && ends(bytes.last())
            && bytes.iter().any(u8::is_ascii_lowercase);
        if is_name && !is_of_system(name) && !VOCABULARY.contains(&name) {
            self.objects.insert(name.to_owned());
        }
    }

    /// An image as it was named, and as errors name it: without tag, with the registry that is meant without one.
    fn image(&mut self, image: &str) {
        let image = image.trim();
        if image.is_empty() || image.starts_with('<') {
            return;
        }
        let image = image.split_once("://").map_or(image, |(_, image)| image);
        let bare = image.split('@').next().unwrap_or(image);
        let tag = bare.rfind(':').filter(|at| !bare[*at..].contains('/'));
        let untagged = &bare[..tag.unwrap_or(bare.len())];
        for form in [image, bare, untagged] {
            for registry in ["", "docker.io/", "docker.io/library/"] {
                self.images.insert(format!("{registry}{form}"));
            }
        }
    }

    /// `kind/name`.
    fn reference(&mut self, word: &str) {
        if let Some((kind, name)) = word.split_once('/')
            && is_kind(kind)
        {
            self.object(name.trim_end_matches([':', '.']));
        }
    }

    /// `key=value` pairs of labels and selectors. Only keys that say whose the object is: their values repeat its name, or miss it.
    fn label(&mut self, key: &str, value: &str) {
        let last = key.rsplit('/').next().unwrap_or(key);
        if matches!(
            last,
            "app" | "application" | "name" | "instance" | "k8s-app" | "service" | "job-name" | "hostname"
        ) {
            self.object(value);
        }
    }

    /// `a=b,c=d`.
    fn labels(&mut self, text: &str) {
        for (key, value) in text.split(',').filter_map(|pair| pair.trim().split_once('=')) {
            self.label(key, value);
        }
    }

    /// The names after a verb and a kind, and the values of a probe's arguments.
    fn operands(&mut self, argv: &[String]) {
        let mut rest = argv.iter().skip(2);
        let is_probe = argv.first().is_some_and(|tool| tool == "probe");
        if !is_probe && argv.get(1).is_none_or(|verb| verb != "logs") {
            rest.next();
        }
        while let Some(word) = rest.next() {
            match word.split_once('=') {
                Some((key, value)) if is_probe && (key.ends_with("name") || key == "namespace") => {
                    self.object(value);
                }
                None if word.starts_with('-') => drop(rest.next()),
                None => self.object(word.rsplit('/').next().unwrap_or(word)),
                Some(_) => {}
            }
        }
    }
}

fn asked_namespace(argv: &[String]) -> &str {
    let at = argv.iter().position(|word| word == "-n" || word == "--namespace");
    at.and_then(|at| argv.get(at + 1)).map_or("", String::as_str)
}

fn is_of_system(name: &str) -> bool {
    name.starts_with("kube-") || name.starts_with("system:")
}

fn is_kind(word: &str) -> bool {
    let kind = word.split('.').next().unwrap_or(word).to_ascii_lowercase();
    let singular = kind.strip_suffix('s').unwrap_or(&kind);
    matches!(
        singular,
        "pod"
            | "deployment"
            | "replicaset"
            | "statefulset"
            | "daemonset"
            | "job"
            | "cronjob"
            | "service"
            | "svc"
            | "endpoint"
            | "node"
            | "namespace"
            | "persistentvolumeclaim"
            | "pvc"
            | "persistentvolume"
            | "pv"
            | "secret"
            | "configmap"
            | "serviceaccount"
            | "ingress"
            | "horizontalpodautoscaler"
    )
}
