use super::{KUBERNETES, Programs, choose};
use crate::Unavailable;
use std::path::{Path, PathBuf};

fn chosen(there: &[String]) -> Result<Programs, Unavailable> {
    let folders = [PathBuf::from("/assets"), PathBuf::from("/built")];
    choose(&folders, &|path| there.iter().any(|it| Path::new(it) == path))
}

fn all_built() -> Vec<String> {
    KUBERNETES.iter().chain(&["etcd", "kwok"]).map(|name| format!("/built/{name}")).collect()
}

#[test]
fn a_complete_cache_is_enough() {
    let programs = chosen(&all_built()).unwrap();
    assert_eq!(programs.kubectl, Path::new("/built/kubectl"));
    assert_eq!(programs.etcd, Path::new("/built/etcd"));
}

#[test]
fn kubernetes_comes_from_one_folder_and_the_others_from_where_they_are() {
    let mut there = all_built();
    there.extend(["/assets/etcd", "/assets/kube-apiserver", "/assets/kubectl"].map(str::to_owned));
    let programs = chosen(&there).unwrap();
    assert_eq!(programs.etcd, Path::new("/assets/etcd"));
    assert_eq!(programs.api_server, Path::new("/built/kube-apiserver"));
    assert_eq!(programs.kubectl, Path::new("/built/kubectl"));
}

#[test]
fn what_is_missing_is_named_with_where_it_was_looked_for() {
    let there: Vec<String> = all_built().into_iter().filter(|path| !path.ends_with("kwok")).collect();
    let error = chosen(&there).unwrap_err().to_string();
    assert!(
        error.contains("kwok") && error.contains("/built") && error.contains("scripts/test-cluster.sh"),
        "{error}"
    );
}
