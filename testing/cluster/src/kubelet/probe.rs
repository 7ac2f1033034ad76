//! What a kubelet says when a probe fails, which depends on how the container is probed and how it answers.

use super::fault;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// The message of the event, when the pod is told to fail this probe and the container has it.
pub(crate) fn failure(pod: &Value, container: &Value, kind: &str) -> Option<String> {
    let answer = fault::of(pod, kind)?;
    let (field, title) = match kind {
        fault::READINESS => ("readinessProbe", "Readiness"),
        fault::LIVENESS => ("livenessProbe", "Liveness"),
        fault::STARTUP => ("startupProbe", "Startup"),
        _ => return None,
    };
    let probe = container.get(field)?;
    Some(format!("{title} probe failed: {}", complaint(pod, container, probe, answer)))
}

fn complaint(pod: &Value, container: &Value, probe: &Value, answer: &str) -> String {
    let ip = pod["status"]["podIP"].as_str().unwrap_or_default();
    let address = |target: &Value| format!("{ip}:{}", port(container, &target["port"]));
    if let Some(http) = probe.get("httpGet") {
        return over_http(http, &address(http), answer);
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        let error = if answer == "timeout" { "i/o timeout" } else { "connect: connection refused" };
        return format!("dial tcp {}: {error}", address(tcp));
    }
    if let Some(grpc) = probe.get("grpc") {
        return match answer {
            "refused" | "timeout" => {
                let seconds = probe["timeoutSeconds"].as_u64().unwrap_or(1);
                format!(
                    "timeout: failed to connect service \"{}\" within {seconds}s: context deadline exceeded",
                    address(grpc)
                )
            }
            "protocol" => "error: this server does not implement the grpc health protocol \
                           (grpc.health.v1.Health)"
                .into(),
            _ => "service unhealthy (responded with \"NOT_SERVING\")".into(),
        };
    }
    let command = probe["exec"]["command"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let command = command.collect::<Vec<_>>().join(" ");
    if answer == "timeout" {
        let seconds = probe["timeoutSeconds"].as_u64().unwrap_or(1);
        return format!("command timed out: \"{command}\" timed out after {seconds}s");
    }
    format!("{command}: exited with a failure")
}

fn over_http(http: &Value, address: &str, answer: &str) -> String {
    let is_https = http["scheme"] == "HTTPS";
    let scheme = if is_https { "https" } else { "http" };
    let url = format!("{scheme}://{address}{}", http["path"].as_str().unwrap_or("/"));
    match answer {
        "refused" => format!("Get \"{url}\": dial tcp {address}: connect: connection refused"),
        "timeout" => {
            format!(
                "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )
        }
        "protocol" if is_https => {
            format!("Get \"{url}\": http: server gave HTTP response to HTTPS client")
        }
        // What a server of HTTP/2 alone sends first.
        "protocol" => format!(
            "Get \"{url}\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \
             \"\\x00\\x00\\x06\\x04\\x00\\x00\\x00\\x00\\x00\\x00\\x05\\x00\\x00@\\x00\""
        ),
        status => format!("HTTP probe failed with statuscode: {status}"),
    }
}

/// A port may be given by its name.
fn port(container: &Value, port: &Value) -> String {
    let Some(name) = port.as_str() else {
        return port.to_string();
    };
    let mut ports = container["ports"].as_array().into_iter().flatten();
    ports.find(|it| it["name"] == name).map_or_else(|| name.to_owned(), |it| it["containerPort"].to_string())
}
