//! The data directory: locks, keys, sockets, and who is who.

use aetherius_identity::SigningKeys;
use anyhow::{Context, bail};
use foundation::secret::Secret;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, Mode, flock};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Bytes of a Unix socket's path (`sun_path` without its end).
const SOCKET_PATH_MAX: usize = 107;

/// Where everything is.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Makes the directory if it is not there; only this user may enter it.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let run = path.join("run");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&run).with_context(|| {
            format!("cannot create the data directory {}; choose another with --data", path.display())
        })?;
        let root = fs::canonicalize(path).with_context(|| format!("cannot enter {}", path.display()))?;
        let data = Self { root };
        let longest = data.socket("notifications");
        if longest.as_os_str().len() > SOCKET_PATH_MAX {
            let over = longest.as_os_str().len() - SOCKET_PATH_MAX;
            bail!(
                "the path {} is {over} bytes too long for sockets in it; choose a shorter one with --data",
                data.root.display()
            );
        }
        Ok(data)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("aetherius.db")
    }

    pub(crate) fn socket(&self, name: &str) -> PathBuf {
        self.run(&format!("{name}.sock"))
    }

    /// A file that matters only while we run.
    pub(crate) fn run(&self, name: &str) -> PathBuf {
        self.root.join("run").join(name)
    }

    pub(crate) fn caller_key_file(&self) -> PathBuf {
        self.root.join("caller.key")
    }

    /// Signs and verifies caller tokens; made at the first start.
    pub(crate) fn caller_key(&self) -> anyhow::Result<Secret> {
        secret_file(&self.caller_key_file(), || random_hex(32))
    }

    /// The first administrator's token; made at the first start.
    pub(crate) fn admin_token(&self) -> anyhow::Result<Token> {
        self.token("admin-token")
    }

    /// A token that may only send events, for Alertmanager; made at the first start.
    pub(crate) fn webhook_token(&self) -> anyhow::Result<Token> {
        self.token("webhook-token")
    }

    /// Signs access tokens; made at the first start.
    pub(crate) fn signing_keys(&self) -> anyhow::Result<SigningKeys> {
        let path = self.signing_keys_file();
        let make = || Ok(SigningKeys::make(Timestamp::now())?.written()?.expose().to_owned());
        SigningKeys::read(&secret_file(&path, make)?)
            .with_context(|| format!("{} cannot be used; delete it to have a new one made", path.display()))
    }

    /// Access tokens prove who somebody is, so their keys are kept as the tokens are.
    pub(crate) fn signing_keys_file(&self) -> PathBuf {
        self.root.join("signing-keys.json")
    }

    fn token(&self, name: &str) -> anyhow::Result<Token> {
        let path = self.root.join(name);
        let value = secret_file(&path, || Ok(format!("aeth_{}", random_hex(24)?)))?;
        Ok(Token { value, path })
    }

    /// Takes `name` for this process, and waits while another has it. Held until the file is dropped.
    pub(crate) fn lock_when_free(&self, name: &str) -> io::Result<File> {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(self.run(name))?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    }

    /// Takes `name` for this process; `None` when another process has it. Held until the file is dropped.
    pub(crate) fn lock(&self, name: &str) -> anyhow::Result<Option<File>> {
        let path = self.run(name);
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => {
                Err(io::Error::from(error)).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }
}

/// From here on files are for this user only, also in a directory that was there before and others may enter.
pub(crate) fn private_files() {
    rustix::process::umask(Mode::from_raw_mode(0o077));
}

/// A token and where it is kept.
pub(crate) struct Token {
    pub(crate) value: Secret,
    pub(crate) path: PathBuf,
}

impl Token {
    /// By which the gateway knows it.
    pub(crate) fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.value.expose()))
    }
}

/// Writes a file so that it is there whole or not at all.
pub(crate) fn write_whole(path: &Path, content: &str) -> anyhow::Result<()> {
    replace(path, content).with_context(|| format!("cannot write {}; is the disk full?", path.display()))
}

/// The same for those who make their own words of what went wrong.
pub(crate) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn secret_file(path: &Path, make: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<Secret> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        Ok(_) => bail!("{} is empty; delete it to have a new one made", path.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = make()?;
            write_whole(path, &format!("{made}\n"))?;
            Ok(Secret::new(made))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0; bytes];
    io::Read::read_exact(&mut File::open("/dev/urandom").context("cannot open /dev/urandom")?, &mut random)?;
    Ok(hex::encode(random))
}
