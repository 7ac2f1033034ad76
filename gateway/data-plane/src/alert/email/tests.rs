use super::*;
use agw_core::alert::{Change, Rule, Signal};
use foundation::secret::Secret;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use std::time::SystemTime;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What a server does when a client says something that begins so.
type Script = &'static [(&'static str, &'static str)];

/// Before the first answer to the client, and what makes it stop talking in plain text.
const GREETING: &str = "";
const POLITE: Script = &[
    (GREETING, "220 mail.test ESMTP\r\n"),
    ("EHLO", "250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"),
    ("STARTTLS", "220 go on\r\n"),
    ("AUTH PLAIN", "235 welcome\r\n"),
    ("MAIL", "250 ok\r\n"),
    ("RCPT", "250 ok\r\n"),
    ("DATA", "354 go on\r\n"),
    (".", "250 taken\r\n"),
    ("QUIT", "221 bye\r\n"),
];

struct Server {
    port: u16,
    authority: String,
    /// Every line, those that came encrypted with `*` before them.
    heard: JoinHandle<Vec<String>>,
}

/// Serves one connection by a script; entries of `first` come before those of [`POLITE`].
async fn server(first: Script, encrypted_from_the_start: bool) -> Server {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        let (tcp, _) = listener.accept().await.unwrap();
        if encrypted_from_the_start {
            if let Ok(tls) = acceptor.accept(tcp).await {
                talk(tls, first, true, true, &mut heard).await;
            }
            return heard;
        }
        if let Some(tcp) = talk(tcp, first, true, false, &mut heard).await
            && let Ok(tls) = acceptor.accept(tcp).await
        {
            talk(tls, first, false, true, &mut heard).await;
        }
        heard
    });
    Server { port, authority: cert.pem(), heard }
}

/// Gives the connection back once the client wants to encrypt.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    first: Script,
    greet: bool,
    encrypted: bool,
    heard: &mut Vec<String>,
) -> Option<S> {
    let answer = |said: &str| {
        first.iter().chain(POLITE).find(|(begin, _)| {
            if begin.is_empty() || *begin == "." { said == *begin } else { said.starts_with(begin) }
        })
    };
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(answer(GREETING)?.1.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let said = line.trim_end();
        heard.push(format!("{}{said}", if encrypted { "*" } else { "" }));
        if in_data && said != "." {
            continue;
        }
        in_data = said == "DATA";
        let Some((_, says)) = answer(said) else { continue };
        stream.write_all(says.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        if said == "STARTTLS" && says.starts_with("220") {
            return Some(stream.into_inner());
        }
    }
}

fn settings(server: &Server, encryption: EmailEncryption) -> Email {
    Email {
        host: "localhost".to_owned(),
        port: server.port,
        encryption,
        credentials: Some(("user".to_owned(), Secret::new("hunter2"))),
        authorities: Some(server.authority.clone()),
        from: "agw@test.example".to_owned(),
        to: vec!["a@test.example".to_owned(), "b@test.example".to_owned()],
    }
}

fn event() -> Event {
    let rule = Rule {
        name: "many errors".to_owned(),
        on: Signal::ErrorRatio,
        of: None,
        above: 0.05,
        resolve_below: 0.04,
        for_s: 30,
        requests_min: 20,
    };
    let change = Change { raised: true, value: 0.5 };
    Event::new(&rule, "ro\r\nBcc: evil@test.example\r\nute", change, SystemTime::now(), SystemTime::now())
}

async fn sent(server: &Server, encryption: EmailEncryption) -> Result<(), Failure> {
    timeout(Duration::from_secs(20), send(&settings(server, encryption), &event()))
        .await
        .expect("an end in time")
}

const SECRET: &str = "AHVzZXIAaHVudGVyMg==";

#[tokio::test]
async fn a_message_goes_out_encrypted_with_its_credentials() {
    for encryption in [EmailEncryption::Starttls, EmailEncryption::Tls] {
        let server = server(&[], encryption == EmailEncryption::Tls).await;
        sent(&server, encryption).await.unwrap();
        let heard = server.heard.await.unwrap();
        let all = heard.join("\n");
        assert!(heard.contains(&format!("*AUTH PLAIN {SECRET}")), "{all}");
        assert!(heard.iter().any(|line| line == "*MAIL FROM:<agw@test.example>"), "{all}");
        assert_eq!(heard.iter().filter(|line| line.starts_with("*RCPT TO:")).count(), 2, "{all}");
        assert!(
            all.contains("*Subject: [agw] many errors raised") && all.contains("*Auto-Submitted: "),
            "{all}"
        );
        assert!(all.contains("50.0 % of answers"), "{all}");
        let head = heard.iter().skip_while(|line| *line != "*DATA").take_while(|line| *line != "*");
        assert!(!head.clone().any(|line| line.starts_with("*Bcc")), "a name forges no header: {all}");
        let plain: Vec<&String> = heard.iter().filter(|line| !line.starts_with('*')).collect();
        assert!(plain.iter().all(|line| line.starts_with("EHLO") || *line == "STARTTLS"), "{plain:?}");
    }
}

#[tokio::test]
async fn a_server_on_this_machine_may_go_without() {
    let server = server(&[], false).await;
    sent(&server, EmailEncryption::None).await.unwrap();
    assert!(server.heard.await.unwrap().contains(&format!("AUTH PLAIN {SECRET}")));
}

#[tokio::test]
async fn without_encryption_nothing_is_said() {
    let refusing: &[Script] = &[
        &[("EHLO", "250-mail.test\r\n250 AUTH PLAIN\r\n")],
        &[("STARTTLS", "454 not now\r\n")],
        &[(
            "STARTTLS",
            "220 go on\r\n250-mail.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n",
        )],
    ];
    for script in refusing {
        let server = server(script, false).await;
        sent(&server, EmailEncryption::Starttls).await.unwrap_err();
        let heard = server.heard.await.unwrap();
        assert!(!heard.iter().any(|line| line.contains("AUTH") || line.contains("MAIL")), "{heard:?}");
    }
    let unknown = server(&[], false).await;
    let nobody = Email { authorities: None, ..settings(&unknown, EmailEncryption::Starttls) };
    send(&nobody, &event()).await.unwrap_err();
    assert!(!unknown.heard.await.unwrap().iter().any(|line| line.contains("AUTH")), "it could be anybody");
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let hostile: &[Script] = &[
        &[(GREETING, "554 go away\r\n")],
        &[(GREETING, "\0\0\0\r\n")],
        &[(GREETING, "220")],
        &[("EHLO", "250-   \r\n250 \r\n")],
        &[("EHLO", "999 what\r\n")],
        &[("EHLO", "250-x\r\n251 y\r\n")],
        &[("AUTH PLAIN", "334 VXNlcm5hbWU6\r\n")],
        &[("AUTH PLAIN", "535 no\r\n")],
        &[("RCPT", "550 nobody\r\n")],
        &[(".", "552 too much\r\n")],
        &[("DATA", "\r\n\r\n\r\n")],
    ];
    for script in hostile {
        let server = server(script, true).await;
        let failed = timeout(Duration::from_secs(2), sent(&server, EmailEncryption::Tls)).await;
        // A half answer is waited for, until the time for the whole conversation is over.
        assert!(!matches!(failed, Ok(Ok(()))), "{script:?}");
        server.heard.abort();
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server {
        port: listener.local_addr().unwrap().port(),
        authority: String::new(),
        heard: tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            while tcp.write_all(&[b'2'; 4096]).await.is_ok() {}
            Vec::new()
        }),
    };
    let mut settings = settings(&server, EmailEncryption::None);
    settings.host = "127.0.0.1".to_owned();
    let failure = timeout(Duration::from_secs(20), send(&settings, &event())).await.unwrap().unwrap_err();
    assert!(format!("{:?}", failure.error).contains("too much"), "{failure:?}");
    server.heard.await.unwrap();
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_sent_again() {
    for (script, again) in
        [(&[("MAIL", "550 never\r\n")], false), (&[("MAIL", "451 later\r\n")], true)] as [(Script, bool); 2]
    {
        let server = server(script, true).await;
        assert_eq!(sent(&server, EmailEncryption::Tls).await.unwrap_err().again, again);
    }
}
