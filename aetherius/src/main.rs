//! `aetherius`: one binary that composes the services, supervises the gateway, and answers on the command line.

mod cli;
mod settings;
mod services;
mod serve;
mod demo;
mod platform;
mod wiring;
mod gateway;
mod users;
mod openapi;
mod data_dir;
mod diagnose;
mod record;
mod eval;
mod source;
mod one_shot;
mod progress;
mod cloudopsbench;
mod command;
mod client;
mod incidents;

use clap::Parser;
use std::process::ExitCode;

#[allow(clippy::print_stderr, reason = "a command line speaks to its user")]
fn main() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Serve(args) => serve::run(&args),
        cli::Command::Demo(args) => demo::run(&args),
        cli::Command::Platform(args) => platform::run(&args),
        cli::Command::Agw(args) => agw::run(args.into()),
        cli::Command::Services => cli::print(&services::table()),
        cli::Command::Openapi => openapi::run(),
        cli::Command::Diagnose(args) => diagnose::run(&args),
        cli::Command::Record(args) => record::run(&args),
        cli::Command::Eval(args) => eval::run(&args),
        cli::Command::Incidents(args) => incidents::run(&args),
        cli::Command::Queue(args) => incidents::queue(&args),
        cli::Command::Knowledge(args) => incidents::knowledge(&args),
        cli::Command::Audit(args) => incidents::audit(&args),
        cli::Command::Gate(action) => command::run(&action),
        cli::Command::Config(action) => settings::command(&action),
        cli::Command::Users(args) => users::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aetherius: {error:#}");
            error
                .downcast_ref::<client::Failure>()
                .map_or(ExitCode::FAILURE, |failure| failure.exit_code().into())
        }
    }
}
