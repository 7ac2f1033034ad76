//! What the document says in words.

use crate::services::Service;
use aetherius_rpc::Code;
use serde_json::{Value, json};

pub(super) const ABOUT: &str = "Everything that Aetherius answers over HTTP, through its gateway. Requests and answers are JSON; times are UTC (RFC 3339). \
An error is a problem (RFC 9457) whose `code` is for programs and whose `detail` is for people. \
Lists come in pages: give `next` of an answer as `after` for the page that follows. \
`x-roles` says who may call an operation; `service` stands for the services themselves.";

pub(super) const ABOUT_PLATFORM: &str = "The process of the services: its health and its metrics.";

pub(super) fn about(service: Service) -> &'static str {
    match service {
        Service::Events => "Takes alerts and events in, and watches clusters.",
        Service::Orchestrator => "Makes tasks of events and works on them.",
        Service::Reasoning => "Says what to run, and what outputs mean.",
        Service::Knowledge => "Finds what people and earlier incidents taught.",
        Service::Execution => "Judges commands, and runs those that only read.",
        Service::Reports => "Writes down what was found, with its evidence.",
        Service::Notifications => "Tells people, and knows whether it arrived.",
        Service::Audit => "Records everything in a chain of hashes.",
        Service::Identity => "Knows people, projects and keys, and lets them in.",
        Service::Api => {
            "Shows incidents, joined from all services, as they are and as they change; passes on what people do with them; shows the gateway, the demonstration and this document."
        }
    }
}

pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, the admin token of the data directory, or an access token (JWT).",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": crate::gateway::COOKIE,
            "description": "The same in the cookie that signing in sets.",
        },
    })
}

/// When a problem comes.
pub(super) fn when(code: Code) -> &'static str {
    match code {
        Code::MalformedJson | Code::InvalidParameter => {
            "a path, a parameter or the body cannot be read: `invalid_parameter`, `malformed_json`, or the gateway's `bad_path` and `bad_framing`"
        }
        Code::InvalidBody => "the body is JSON, and not what this takes",
        Code::Unauthenticated => "no token came along, or one that is not known",
        Code::Forbidden => "the caller has none of the roles that may",
        Code::NotFound => "there is no such thing in the caller's project",
        Code::MethodNotAllowed => "the path has no such method",
        Code::Conflict => "its state does not allow it",
        Code::BodyTooLarge => "the body is larger than this takes",
        Code::UnsupportedMediaType => "the body is not sent as `application/json`",
        Code::RateLimited => "the caller asks too often",
        Code::Unavailable => "full, or what it needs is not there",
        Code::DiskFull => "no space is left on the disk; nothing was changed",
        Code::DeadlineExceeded => "it was not done in time",
        Code::Internal => "our mistake; the log tells more",
    }
}

/// What a problem may say to a person.
pub(super) fn detail(code: Code) -> &'static str {
    match code {
        Code::MalformedJson | Code::InvalidParameter => "`limit` must be from 1 to 200",
        Code::InvalidBody => "`title`: must not be empty",
        Code::Unauthenticated => "no known key came with the request; send `Authorization: Bearer …`",
        Code::Forbidden => "`viewer-1` may not do this; it takes one of the roles operator, admin",
        Code::NotFound => "there is no task `01990000-0000-7000-8000-000000000000`",
        Code::MethodNotAllowed => "/v1/tasks does not take PATCH",
        Code::Conflict => "the task is completed and cannot be cancelled",
        Code::BodyTooLarge => "the body is larger than this endpoint takes; split it",
        Code::UnsupportedMediaType => "send the body with `Content-Type: application/json` (got text/plain)",
        Code::RateLimited => "too many requests; try again a little later",
        Code::Unavailable => {
            "the inbox is full: as many events wait for a task as may; send again a little later"
        }
        Code::DiskFull => "the disk is full; nothing was stored",
        Code::DeadlineExceeded => "the service did not answer in time",
        Code::Internal => {
            "the request failed inside Aetherius; the log tells why under the trace id of this request"
        }
    }
}
