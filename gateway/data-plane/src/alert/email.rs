//! E-mail, to one server, a connection for each message: alerts are rare.

use super::event::Event;
use crate::outbound::Failure;
use agw_config::{config::Email, settings::EmailEncryption};
use anyhow::{Context as _, bail, ensure};
use lettre::{
    Message,
    message::header::ContentType,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

#[cfg(test)]
mod tests;

/// For the whole conversation.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What a server may say in all, certificates included.
const READ_BYTES_MAX: usize = 256 << 10;

/// Sends a message about an alert.
pub(super) async fn send(email: &Email, event: &Event) -> Result<(), Failure> {
    let email = email.clone();
    let (subject, text) = event.mail();
    // In a task of its own: should the client trip over what a server says, only the message is lost.
    let conversation = tokio::spawn(async move {
        timeout(TIMEOUT, converse(&email, &subject, text)).await.context("the server is too slow")?
    });
    let done = conversation.await.context("the server said something strange").and_then(|done| done);
    done.map_err(|error| {
        let refused = error.downcast_ref::<lettre::transport::smtp::Error>();
        let again = !refused.is_some_and(lettre::transport::smtp::Error::is_permanent);
        Failure { error, again }
    })
}

async fn converse(email: &Email, subject: &str, text: String) -> anyhow::Result<()> {
    let message = message(email, subject, text)?;
    let tcp = TcpStream::connect((email.host.as_str(), email.port)).await.context("cannot connect")?;
    let peer = tcp.peer_addr()?;
    let hello = ClientId::default();
    let mut server = match email.encryption {
        EmailEncryption::Tls => {
            let stream = Guarded::new(tls(email, tcp).await?, peer);
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?
        }
        EmailEncryption::None => {
            ensure!(
                peer.ip().is_loopback(),
                "{peer} is not this machine, and the connection is not encrypted"
            );
            AsyncSmtpConnection::connect_with_transport(Box::new(Guarded::new(tcp, peer)), &hello).await?
        }
        EmailEncryption::Starttls => {
            let stream = Box::new(Guarded::new(tcp, peer));
            let mut server = AsyncSmtpConnection::connect_with_transport(stream, &hello).await?;
            ensure!(server.can_starttls(), "the server offers no STARTTLS");
            let mut parameters = TlsParameters::builder(email.host.clone());
            if let Some(authority) = &email.authorities {
                parameters = parameters.add_root_certificate(Certificate::from_pem(authority.as_bytes())?);
            }
            server.starttls(parameters.build()?, &hello).await?;
            ensure!(server.is_encrypted(), "the connection is not encrypted");
            server
        }
    };
    if let Some((user, password)) = &email.credentials {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        server.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    server.send(message.envelope(), &message.formatted()).await?;
    // It has taken the message; how it says goodbye does not matter.
    let _ = server.quit().await;
    Ok(())
}

fn message(email: &Email, subject: &str, text: String) -> anyhow::Result<Message> {
    let mut builder =
        Message::builder().from(email.from.parse()?).subject(subject).header(ContentType::TEXT_PLAIN);
    for to in &email.to {
        builder = builder.to(to.parse()?);
    }
    // Lets mail servers and people keep it apart from what people write (RFC 3834, section 5).
    builder = builder.header(AutoSubmitted);
    Ok(builder.body(text)?)
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

async fn tls(email: &Email, tcp: TcpStream) -> anyhow::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(authority) = &email.authorities {
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate?)?;
        }
    }
    if roots.is_empty() {
        bail!("there are no certificate authorities to believe; name a ca_file");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(email.host.clone())?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.context("cannot encrypt")
}

/// A connection to a server that may be anybody's. It hands on a single byte at a time: so nothing that came in plain text can be
/// left over in a buffer and be taken for an encrypted answer, and a line without end is noticed.
#[derive(Debug)]
struct Guarded<S> {
    inner: S,
    peer: SocketAddr,
    read_bytes_left: usize,
}

impl<S> Guarded<S> {
    fn new(inner: S, peer: SocketAddr) -> Self {
        Self { inner, peer, read_bytes_left: READ_BYTES_MAX }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Guarded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read_bytes_left == 0 {
            return Poll::Ready(Err(io::Error::other("the server says too much")));
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte[..out.remaining().min(1)]);
        std::task::ready!(Pin::new(&mut self.inner).poll_read(cx, &mut one))?;
        self.read_bytes_left -= one.filled().len();
        out.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
