//! `GET /explain`, `POST /explain`: which way a described request would take, and why. Nothing is sent, counted or used up.

use super::answer::{self, AdminProblem};
use crate::gateway::Shared;
use agw_core::{
    decide::Ask,
    explain::{self, Clocks, Explanation, Step},
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State as Extract, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// A request that is not sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// A path, or a URL.
    url: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    headers: Headers,
    /// Who is at the other end.
    #[serde(default = "loopback")]
    client_ip: IpAddr,
    /// The announced size of a body.
    content_length: Option<u64>,
}

/// By name, or as a list of pairs, which may name one twice.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Headers {
    Map(BTreeMap<String, String>),
    Pairs(Vec<(String, String)>),
}

impl Default for Headers {
    fn default() -> Self {
        Self::Pairs(Vec::new())
    }
}

fn get() -> String {
    Method::GET.to_string()
}

fn loopback() -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    summary: String,
    route: Option<&'a str>,
    caller: Option<&'a str>,
    lane: Option<&'a str>,
    cluster: Option<&'a str>,
    endpoint: Option<&'a str>,
    steps: Vec<StepShown<'a>>,
}

#[derive(Debug, Serialize)]
struct StepShown<'a> {
    step: &'static str,
    found: &'a str,
}

/// What is wrong with a description.
type Wrong = String;

pub(super) async fn by_query(
    Extract(shared): Extract<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    reply(&shared, &headers, from_query(query.as_deref().unwrap_or_default()))
}

pub(super) async fn by_body(
    Extract(shared): Extract<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            return AdminProblem::new(
                error.status(),
                "bad_body",
                "the description cannot be read, or is too long",
            )
            .into_response();
        }
    };
    reply(&shared, &headers, serde_json::from_slice(&body).map_err(|error| error.to_string()))
}

fn reply(shared: &Shared, headers: &HeaderMap, question: Result<Question, Wrong>) -> Response {
    match question.and_then(|question| answer(shared, headers, &question)) {
        Ok(response) => response,
        Err(wrong) => {
            let detail = format!(
                "{wrong}; describe a request by url, and perhaps method, headers, client_ip and content_length"
            );
            AdminProblem::new(StatusCode::BAD_REQUEST, "bad_question", detail).into_response()
        }
    }
}

/// `url=…&method=…&header=Name:%20value&client_ip=…&content_length=…`, `header` as often as needed.
fn from_query(query: &str) -> Result<Question, Wrong> {
    let uri: Uri = format!("/?{query}").parse().map_err(|_| "the query is not one".to_owned())?;
    let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
        .map_err(|error| error.to_string())?;
    let mut fields = serde_json::Map::new();
    let mut headers = Vec::new();
    for (name, value) in pairs {
        if name == "header" {
            let (name, value) = value.split_once(':').ok_or("a header is written Name: value")?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        } else if name == "content_length" {
            let bytes: u64 = value.parse().map_err(|_| "content_length is a number of bytes".to_owned())?;
            fields.insert(name, bytes.into());
        } else {
            fields.insert(name, value.into());
        }
    }
    let mut question: Question = serde_json::from_value(fields.into()).map_err(|error| error.to_string())?;
    question.headers = Headers::Pairs(headers);
    Ok(question)
}

fn answer(shared: &Shared, headers: &HeaderMap, question: &Question) -> Result<Response, Wrong> {
    let method: Method =
        question.method.parse().map_err(|_| format!("{:?} is not a method", question.method))?;
    let uri: Uri = question.url.parse().map_err(|_| format!("{:?} is not a path or URL", question.url))?;
    let asked = asked_headers(&question.headers)?;
    let named = asked.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let ask = Ask {
        method: &method,
        host: authority.or(named).unwrap_or_default(),
        path: uri.path(),
        query: uri.query(),
        headers: &asked,
        client: question.client_ip,
        content_length: question.content_length,
        // What is drawn by lot is said to be; the same question gets the same answer.
        lot: 0,
    };
    let state = shared.state.load_full();
    let clocks = Clocks { limits: shared.limits_since.elapsed(), clusters: state.upstreams.now() };
    let found = explain::explain(&state.routing, &ask, clocks);
    Ok(answer::value(headers, &shown(&found)))
}

fn asked_headers(headers: &Headers) -> Result<HeaderMap, Wrong> {
    let pairs: Vec<(&String, &String)> = match headers {
        Headers::Map(map) => map.iter().collect(),
        Headers::Pairs(pairs) => pairs.iter().map(|(name, value)| (name, value)).collect(),
    };
    let mut asked = HeaderMap::new();
    for (name, value) in pairs {
        let wrong = || format!("the header {name:?} is none");
        let header = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        asked.append(header, HeaderValue::try_from(value.as_str()).map_err(|_| wrong())?);
    }
    Ok(asked)
}

fn shown(found: &Explanation) -> Answer<'_> {
    let step =
        |wanted: &str| found.steps.iter().find(|step| step.step == wanted).map(|step| step.found.as_str());
    let route = found.decision.route.as_ref();
    let endpoint = found.endpoint.as_deref();
    let summary = match (route, endpoint) {
        (Some(route), Some(endpoint)) => format!("{} → {endpoint}", route.route.name),
        _ => step("outcome").unwrap_or_default().to_owned(),
    };
    Answer {
        summary,
        route: route.map(|route| route.route.name.as_str()),
        caller: found.decision.consumer.as_ref().map(|caller| caller.name.as_str()),
        lane: found.decision.lane.lane.as_ref().map(agw_core::lane::Lane::as_str),
        cluster: found.cluster.as_deref(),
        endpoint,
        steps: found.steps.iter().map(|Step { step, found }| StepShown { step, found }).collect(),
    }
}
