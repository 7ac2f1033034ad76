use clap::Args;
use std::path::PathBuf;

/// Which installation, and as whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct RemoteArgs {
    /// Where Aetherius runs.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,
    /// A file with a token or an API key [default: AETHERIUS_TOKEN, else ./data/admin-token, else ./data-demo/admin-token].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}
