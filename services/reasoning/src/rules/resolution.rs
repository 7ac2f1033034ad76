//! How programs say that a name could not be resolved.

/// The resolver answered that there is no such name.
pub(crate) const UNKNOWN_NAME: [&str; 5] =
    ["no such host", "Name or service not known", "UnknownHostException", "ENOTFOUND", "NXDOMAIN"];

/// The resolver did not answer, or could not.
pub(crate) const NO_ANSWER: [&str; 4] =
    ["server misbehaving", "Temporary failure in name resolution", "EAI_AGAIN", "SERVFAIL"];
