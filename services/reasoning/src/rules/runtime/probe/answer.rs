//! What the kubelet heard when it asked.

/// The answer to a probe, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The port has a name that no port of the container has.
    NoSuchPort,
    /// Somebody answered in another protocol.
    OtherProtocol,
    /// An HTTP status that is no success.
    Status(u16),
    /// Nobody took the connection.
    Unreached,
    /// Somebody took the connection and let it fall.
    Closed,
    /// Somebody took the connection and did not answer in time.
    Slow,
    /// What was asked for does not exist: a command, a service.
    Absent,
    /// The program itself says that it is not well.
    Unwell,
}

/// HTTP asked of HTTP/2 or of a binary protocol, TLS asked of plain text, gRPC asked of anything else.
const OTHER_PROTOCOL: [&str; 8] = [
    "malformed http",
    "server gave http response to https client",
    "first record does not look like a tls handshake",
    "error reading server preface",
    "frame too large",
    "unknown service grpc.health",
    "does not implement the grpc health protocol",
    "unexpected http status code",
];

/// The first whose words fit.
const MEANINGS: [(&str, Answer); 16] = [
    ("strconv.atoi", Answer::NoSuchPort),
    ("connection refused", Answer::Unreached),
    ("failed to connect service", Answer::Unreached),
    ("no route to host", Answer::Unreached),
    ("connect: ", Answer::Unreached),
    ("connection reset by peer", Answer::Closed),
    ("service_unknown", Answer::Absent),
    ("executable file not found", Answer::Absent),
    ("no such file or directory", Answer::Absent),
    ("not_serving", Answer::Unwell),
    ("deadline exceeded", Answer::Slow),
    ("did not complete within", Answer::Slow),
    ("timed out", Answer::Slow),
    ("i/o timeout", Answer::Slow),
    ("client.timeout", Answer::Slow),
    ("deadlineexceeded", Answer::Slow),
];

/// Reads what stands behind `Liveness probe failed: `.
pub(super) fn answer(words: &str) -> Answer {
    let lower = words.to_ascii_lowercase();
    if OTHER_PROTOCOL.iter().any(|phrase| lower.contains(phrase)) {
        return Answer::OtherProtocol;
    }
    if let Some((_, rest)) = lower.split_once("statuscode: ") {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or("");
        return digits.parse().map_or(Answer::Unwell, Answer::Status);
    }
    if words.trim_end().ends_with("EOF") {
        return Answer::Closed;
    }
    // A connection that is dropped on its way never came to be.
    if lower.contains("dial tcp") && lower.contains("i/o timeout") {
        return Answer::Unreached;
    }
    MEANINGS.iter().find(|(phrase, _)| lower.contains(phrase)).map_or(Answer::Unwell, |(_, answer)| *answer)
}
