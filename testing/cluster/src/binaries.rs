//! Where the programs of a cluster are: in `KUBEBUILDER_ASSETS`, else in the cache that `scripts/test-cluster.sh` fills.

use crate::Unavailable;
use sha2::{Digest, Sha256};
use std::{
    env,
    path::{Path, PathBuf},
};

#[cfg(test)]
mod tests;

/// The programs that make a cluster, and the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programs {
    pub(crate) etcd: PathBuf,
    pub(crate) api_server: PathBuf,
    pub(crate) controller_manager: PathBuf,
    pub(crate) scheduler: PathBuf,
    pub(crate) kubectl: PathBuf,
    pub(crate) kwok: PathBuf,
}

/// Taken from one folder or not at all: mixed versions of Kubernetes may not fit.
const KUBERNETES: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"];

/// What is pinned, in the order in which the script hashes it.
const PINS: [&str; 4] = [
    include_str!("../binaries/kubernetes/go.mod"),
    include_str!("../binaries/kubernetes/go.sum"),
    include_str!("../binaries/kwok/go.mod"),
    include_str!("../binaries/kwok/go.sum"),
];

/// Finds all programs.
pub(crate) fn find() -> Result<Programs, Unavailable> {
    let assets = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let folders: Vec<PathBuf> = assets.into_iter().chain(cache()).collect();
    choose(&folders, &|path| path.is_file())
}

/// The folder of the pinned versions, if there is a home for caches.
fn cache() -> Option<PathBuf> {
    let own = env::var_os("AETHERIUS_CACHE").map(PathBuf::from);
    let xdg = || env::var_os("XDG_CACHE_HOME").map(|path| PathBuf::from(path).join("aetherius"));
    let home = || env::var_os("HOME").map(|path| PathBuf::from(path).join(".cache/aetherius"));
    let root = own.or_else(xdg).or_else(home)?;
    Some(root.join("test-cluster").join(version()))
}

fn version() -> String {
    let mut hash = hex::encode(Sha256::digest(PINS.concat()));
    hash.truncate(12);
    hash
}

fn choose(folders: &[PathBuf], is_file: &dyn Fn(&Path) -> bool) -> Result<Programs, Unavailable> {
    let folder_with = |names: &[&str]| {
        let has_all = |folder: &&PathBuf| names.iter().all(|name| is_file(&folder.join(name)));
        let missing = || Unavailable::NotBuilt { programs: names.join(", "), searched: folders.to_vec() };
        folders.iter().find(has_all).ok_or_else(missing)
    };
    let kubernetes = folder_with(&KUBERNETES)?;
    Ok(Programs {
        etcd: folder_with(&["etcd"])?.join("etcd"),
        kwok: folder_with(&["kwok"])?.join("kwok"),
        api_server: kubernetes.join("kube-apiserver"),
        controller_manager: kubernetes.join("kube-controller-manager"),
        scheduler: kubernetes.join("kube-scheduler"),
        kubectl: kubernetes.join("kubectl"),
    })
}
