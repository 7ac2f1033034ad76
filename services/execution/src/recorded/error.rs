use std::path::PathBuf;

/// Why a case could not be loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file is missing or unreadable.
    #[error("cannot read {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The directory is no case.
    #[error(
        "{} is no recorded case: it holds neither `case.yaml` (ours), nor `metadata.json` and `k8s_states.json` (Cloud-OpsBench), \
         nor what `kubectl cluster-info dump --output-directory=DIR` writes (`nodes.json`, `NAMESPACE/pods.json`)", dir.display()
    )]
    NoCase {
        /// The directory.
        dir: PathBuf,
    },
    /// A file is larger than any honest case.
    #[error("{} has {bytes} bytes; {bytes_max} are allowed", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its size.
        bytes: u64,
        /// The bound.
        bytes_max: u64,
    },
    /// A file does not have the form it should have.
    #[error("{}: {field}: {reason}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The path of the field in it.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The case cannot be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// The file or directory.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
