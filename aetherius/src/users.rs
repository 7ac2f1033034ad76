//! `aetherius users`: people from the command line, for whoever may read the data directory. The way back in when nobody can sign in
//! any more.
//!
//! While the platform runs, it is asked over its socket. When it does not, the same service works here on the same database, under
//! the lock of the platform, so that only one process writes.

use crate::{
    cli::{self, UsersAction, UsersArgs},
    data_dir::{self, DataDir},
    gateway::PROJECT,
    services::Service,
    wiring,
};
use aetherius_contracts::identity::{IdentityClient, NewUser, Role, User, UserChange};
use aetherius_rpc::{CallContext, Caller, CallerKey, Channel};
use aetherius_store::Store;
use anyhow::{Context, bail};
use foundation::{metrics::Metrics, trace::TraceParent};
use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Write},
};

/// Pages asked for at most; more people than that are not listed by hand.
const PAGES_MAX: usize = 1000;

pub(crate) fn run(args: &UsersArgs) -> anyhow::Result<()> {
    data_dir::private_files();
    let data = DataDir::open(&args.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let way = Way::find(&data)?;
        act(&way, &args.action).await
    })
}

/// The way to the identity service.
struct Way {
    client: IdentityClient,
    context: CallContext,
    /// Held while the service works in this process.
    _lock: Option<File>,
}

impl Way {
    fn find(data: &DataDir) -> anyhow::Result<Self> {
        let key = CallerKey::from_hex(&data.caller_key()?)
            .with_context(|| format!("{} cannot be used", data.caller_key_file().display()))?;
        let lock = data.lock("platform.lock")?;
        let channel = if lock.is_some() {
            let store = Store::open(&data.database(), &wiring::migrations())?;
            let config = aetherius_identity::Config::default();
            let service = wiring::identity(&config, data, store, key.clone(), Metrics::default())?;
            Channel::local("identity", service.router(), key)
        } else {
            let socket = data.socket(Service::Identity.name());
            if !socket.exists() {
                bail!(
                    "Aetherius runs on this data directory without the identity service, or has just begun; try again"
                );
            }
            Channel::unix("identity", &socket, key).context("cannot make an HTTP client")?
        };
        let caller =
            Caller { name: "cli".to_owned(), project: PROJECT.to_owned(), roles: vec!["admin".to_owned()] };
        let context = CallContext { caller, ..CallContext::new("cli", PROJECT, TraceParent::new_root()) };
        Ok(Self { client: IdentityClient::new(channel), context, _lock: lock })
    }

    async fn change(&self, name: &str, change: &UserChange) -> anyhow::Result<()> {
        // The name becomes a part of a path.
        if name.bytes().any(|byte| !byte.is_ascii_alphanumeric() && !b"._-@".contains(&byte)) {
            bail!("there is no user `{name}`");
        }
        self.client.change_user(name, change, &self.context).await?;
        Ok(())
    }
}

async fn act(way: &Way, action: &UsersAction) -> anyhow::Result<()> {
    let done = match action {
        UsersAction::Ls { json } => return list(way, *json).await,
        UsersAction::Add { name, display_name, role } => {
            let user = NewUser {
                name: name.clone(),
                display_name: display_name.clone(),
                password: password()?,
                roles: vec![parse(role)?],
                project: None,
            };
            way.client.add_user(&user, &way.context).await?;
            format!("{name} can sign in as {role}")
        }
        UsersAction::Passwd { name } => {
            way.change(name, &UserChange { password: Some(password()?), ..UserChange::default() }).await?;
            format!("{name} has a new password, and was signed out everywhere")
        }
        UsersAction::Role { name, role } => {
            way.change(name, &UserChange { roles: Some(vec![parse(role)?]), ..UserChange::default() })
                .await?;
            format!("{name} is {role} now")
        }
        UsersAction::Disable { name } => {
            way.change(name, &UserChange { disabled: Some(true), ..UserChange::default() }).await?;
            format!("{name} is kept out")
        }
        UsersAction::Enable { name } => {
            way.change(name, &UserChange { disabled: Some(false), ..UserChange::default() }).await?;
            format!("{name} may sign in again")
        }
    };
    cli::print(&format!("{done}\n"))
}

fn parse(role: &str) -> anyhow::Result<Role> {
    Role::find(role).with_context(|| format!("there is no role `{role}`"))
}

async fn list(way: &Way, json: bool) -> anyhow::Result<()> {
    let (mut users, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let page = way.client.users(&after, &way.context).await?;
        users.extend(page.items);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    if json {
        return cli::print(&format!("{}\n", serde_json::to_string_pretty(&users)?));
    }
    cli::print(&table(&users))
}

fn table(users: &[User]) -> String {
    let mut rows = vec![["NAME", "ROLES", "PROJECT", "LAST SEEN", ""].map(str::to_owned)];
    rows.extend(users.iter().map(|user| {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.name()).collect();
        let seen = user.last_seen_at.map_or_else(|| "never".to_owned(), |at| format!("{at:.0}"));
        let state = if user.disabled { "disabled" } else { "" };
        [user.name.clone(), roles.join(","), user.project.clone(), seen, state.to_owned()]
    }));
    crate::services::columns(&rows)
}

/// Asks at a terminal without showing what is typed; else takes the first line.
fn password() -> anyhow::Result<String> {
    let stdin = io::stdin();
    let typed = if stdin.is_terminal() {
        let first = ask("Password: ")?;
        if ask("Once more: ")? != first {
            bail!("these were not the same; nothing was changed");
        }
        first
    } else {
        line(&mut stdin.lock())?
    };
    if typed.is_empty() {
        bail!("no password was given; type one, or send it to standard input");
    }
    Ok(typed)
}

fn ask(question: &str) -> anyhow::Result<String> {
    let stdin = io::stdin();
    io::stderr().write_all(question.as_bytes())?;
    let shown = rustix::termios::tcgetattr(&stdin).context("the terminal cannot be asked")?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
    let set = |how: &rustix::termios::Termios| {
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Flush, how)
    };
    set(&hidden).context("the terminal cannot hide what is typed")?;
    let typed = line(&mut stdin.lock());
    set(&shown).context("the terminal does not show what is typed any more; run `stty echo`")?;
    io::stderr().write_all(b"\n")?;
    typed
}

fn line(from: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line).context("the password cannot be read")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
