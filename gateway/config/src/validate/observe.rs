//! Access log, traces, alerts.

use super::Problems;
use crate::{
    config::{AccessField, AccessLog, Alerts, Email, LogTarget, Observe, Tracing, Webhook},
    settings::{
        AccessLogSettings, AlertOn, AlertRuleSettings, AlertSettings, EmailEncryption, EmailSettings,
        FullWebhookSettings, Settings, TracingSettings, WebhookSettings,
    },
};
use agw_core::alert::{Rule, Signal};
use foundation::secret::Secret;
use http::{HeaderName, Uri, uri::Scheme};
use std::{fs, net::IpAddr, path::Path};

#[cfg(test)]
mod tests;

const HEADERS_MAX: usize = 32;
const RECEIVERS_MAX: usize = 16;

pub(super) fn check(settings: &Settings, dir: &Path, problems: &mut Problems) -> Observe {
    Observe {
        access_log: access_log(&settings.access_log, dir, problems),
        tracing: settings.tracing.as_ref().and_then(|tracing| self::tracing(tracing, problems)),
        alerts: alerts(settings, dir, problems),
    }
}

fn access_log(settings: &AccessLogSettings, dir: &Path, problems: &mut Problems) -> AccessLog {
    let to = match settings.to.as_str() {
        "stdout" => LogTarget::Stdout,
        "off" => LogTarget::Off,
        "" => {
            problems.add("access_log.to", "write stdout, off or the name of a file");
            LogTarget::Off
        }
        file => LogTarget::File(dir.join(file)),
    };
    share("access_log.sample", settings.sample, problems);
    let named = settings.fields.iter().enumerate().filter_map(|(index, name)| {
        let at = format!("access_log.fields[{index}]");
        if settings.fields[..index].contains(name) {
            problems.add(at, format!("{name} is named twice"));
            return None;
        }
        problems.ok(at, access_field(name))
    });
    let mut fields: Vec<AccessField> = named.collect();
    if settings.fields.is_empty() {
        fields = AccessField::ALL.iter().copied().filter(|&field| field != AccessField::Query).collect();
    }
    if settings.headers.len() > HEADERS_MAX {
        problems.add("access_log.headers", format!("there are more than {HEADERS_MAX}"));
    }
    let headers = settings.headers.iter().enumerate().filter_map(|(index, name)| {
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is not a header name"));
        problems.ok(format!("access_log.headers[{index}]"), parsed)
    });
    AccessLog { to, sample: settings.sample, fields, headers: headers.collect() }
}

fn access_field(name: &str) -> Result<AccessField, String> {
    AccessField::ALL.iter().copied().find(|field| field.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = AccessField::ALL.iter().map(|field| field.as_str()).collect();
        format!("{name:?} is not a field; there are: {}", known.join(", "))
    })
}

fn tracing(settings: &TracingSettings, problems: &mut Problems) -> Option<Tracing> {
    share("tracing.sample", settings.sample, problems);
    if settings.service_name.is_empty() {
        problems.add("tracing.service_name", "give it a name");
    }
    let otlp_url = problems.ok("tracing.otlp_url", http_url(&settings.otlp_url))?;
    Some(Tracing { otlp_url, sample: settings.sample, service_name: settings.service_name.clone() })
}

fn alerts(settings: &Settings, dir: &Path, problems: &mut Problems) -> Alerts {
    let AlertSettings { rules, webhooks, email } = &settings.alerts;
    problems.names("alerts.rules", rules.iter().map(|rule| rule.name.as_str()));
    let rules = rules.iter().enumerate();
    let rules =
        rules.map(|(index, rule)| self::rule(&format!("alerts.rules[{index}]"), rule, settings, problems));
    let rules = rules.collect();
    if webhooks.len() > RECEIVERS_MAX {
        problems.add("alerts.webhooks", format!("there are more than {RECEIVERS_MAX}"));
    }
    let webhooks = webhooks.iter().enumerate();
    let webhooks = webhooks.filter_map(|(index, webhook)| {
        self::webhook(&format!("alerts.webhooks[{index}]"), webhook, dir, problems)
    });
    Alerts {
        rules,
        webhooks: webhooks.collect(),
        email: email.as_ref().and_then(|email| self::email(email, dir, problems)),
    }
}

fn rule(at: &str, rule: &AlertRuleSettings, settings: &Settings, problems: &mut Problems) -> Rule {
    problems.range(format!("{at}.for_s"), rule.for_s, 1, 3600);
    let on = match rule.on {
        AlertOn::LatencyP99 => Signal::LatencyP99,
        AlertOn::ErrorRatio => Signal::ErrorRatio,
        AlertOn::UpstreamDown => Signal::UpstreamDown,
        AlertOn::ConnectFailureRatio => Signal::ConnectFailureRatio,
    };
    match on {
        Signal::LatencyP99 if !(rule.above > 0.0 && rule.above <= 60_000.0) => {
            problems.add(format!("{at}.above"), "write milliseconds, more than 0 and up to 60000");
        }
        Signal::LatencyP99 => {}
        // At 1 it could never be exceeded.
        _ if !(0.0..1.0).contains(&rule.above) => {
            problems.add(format!("{at}.above"), format!("{} is not a share from 0 to below 1", rule.above));
        }
        _ => {}
    }
    let resolve_below = rule.resolve_below.unwrap_or(rule.above * 0.8);
    if !(0.0..=rule.above.max(0.0)).contains(&resolve_below) {
        problems.add(format!("{at}.resolve_below"), format!("{resolve_below} is not from 0 to above"));
    }
    if let Some(of) = rule.of.as_ref().filter(|of| !names(on, settings).any(|name| name == of.as_str())) {
        let kind = if on.is_of_route() { "route" } else { "cluster" };
        problems.add(format!("{at}.of"), format!("there is no {kind} named {of:?}"));
    }
    Rule {
        name: rule.name.clone(),
        on,
        of: rule.of.clone(),
        above: rule.above,
        resolve_below,
        for_s: rule.for_s,
        requests_min: rule.requests_min,
    }
}

/// A route in the short form, and its cluster, are named by their path.
fn names(on: Signal, settings: &Settings) -> Box<dyn Iterator<Item = &str> + '_> {
    let short = settings.proxy_routes.iter().map(|route| route.path.as_str());
    if on.is_of_route() {
        Box::new(settings.routes.iter().map(|route| route.name.as_str()).chain(short))
    } else {
        Box::new(settings.clusters.iter().map(|cluster| cluster.name.as_str()).chain(short))
    }
}

fn webhook(at: &str, webhook: &WebhookSettings, dir: &Path, problems: &mut Problems) -> Option<Webhook> {
    let (at, full) = match webhook {
        WebhookSettings::Url(url) => {
            (at.to_owned(), FullWebhookSettings { url: url.clone(), ..FullWebhookSettings::default() })
        }
        WebhookSettings::Full(full) => (format!("{at}.url"), full.clone()),
    };
    let token = full.token_file.as_ref().and_then(|file| {
        let at = at.replace(".url", ".token_file");
        problems.ok(at, secret(file, dir))
    });
    let url = problems.ok(at, http_url(&full.url))?;
    Some(Webhook { url, format: full.format, token })
}

fn email(settings: &EmailSettings, dir: &Path, problems: &mut Problems) -> Option<Email> {
    let server = problems.ok("alerts.email.server", server(&settings.server));
    if let Some((host, _)) = server.as_ref().filter(|_| settings.encryption == EmailEncryption::None)
        && !is_this_machine(host)
    {
        problems.add("alerts.email.encryption", format!("{host} is another machine; write starttls or tls"));
    }
    problems.ok("alerts.email.from", mail_address(&settings.from));
    if settings.to.is_empty() {
        problems.add("alerts.email.to", "there is nobody; name at least one receiver");
    }
    if settings.to.len() > RECEIVERS_MAX {
        problems.add("alerts.email.to", format!("there are more than {RECEIVERS_MAX}"));
    }
    for (index, to) in settings.to.iter().enumerate() {
        problems.ok(format!("alerts.email.to[{index}]"), mail_address(to));
    }
    let credentials = match (&settings.user, &settings.password_file) {
        (None, None) => None,
        (Some(user), Some(file)) => problems
            .ok("alerts.email.password_file", secret(file, dir))
            .map(|password| (user.clone(), password)),
        (Some(_), None) => {
            problems.add("alerts.email.password_file", "a user needs a password");
            None
        }
        (None, Some(_)) => {
            problems.add("alerts.email.user", "a password needs a user");
            None
        }
    };
    let authorities =
        settings.ca_file.as_ref().and_then(|file| problems.ok("alerts.email.ca_file", read(file, dir)));
    let (host, port) = server?;
    Some(Email {
        host,
        port,
        encryption: settings.encryption,
        credentials,
        authorities,
        from: settings.from.clone(),
        to: settings.to.clone(),
    })
}

fn share(at: &str, value: f64, problems: &mut Problems) {
    if !(0.0..=1.0).contains(&value) {
        problems.add(at, format!("{value} is out of range; allowed is 0 to 1"));
    }
}

fn http_url(text: &str) -> Result<Uri, String> {
    let wrong = || format!("{text:?} is not a URL; write e.g. http://127.0.0.1:4318/v1/traces");
    let url: Uri = text.parse().map_err(|_| wrong())?;
    let known = url.scheme() == Some(&Scheme::HTTP) || url.scheme() == Some(&Scheme::HTTPS);
    if !known || url.host().is_none_or(str::is_empty) {
        return Err(wrong());
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a URL ends up in logs; put the credentials into a file".to_owned());
    }
    Ok(url)
}

fn server(text: &str) -> Result<(String, u16), String> {
    let wrong = || format!("{text:?} is not a server; write host:port, e.g. mail.example.com:587");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().ok().filter(|&port: &u16| port > 0).ok_or_else(wrong)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:_".contains(c)) {
        return Err(wrong());
    }
    Ok((host.to_owned(), port))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// As far as a message could be forged by it; whether it can be reached is the server's to say.
fn mail_address(text: &str) -> Result<(), String> {
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c))
    };
    match text.split_once('@') {
        Some((user, domain)) if plain(user) && plain(domain) => Ok(()),
        _ => Err(format!("{text:?} is not an e-mail address")),
    }
}

fn secret(file: &str, dir: &Path) -> Result<Secret, String> {
    let text = read(file, dir)?;
    let text = text.trim();
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(format!("{} does not hold one line of printable ASCII", dir.join(file).display()));
    }
    Ok(Secret::new(text))
}

fn read(file: &str, dir: &Path) -> Result<String, String> {
    let path = dir.join(file);
    fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
