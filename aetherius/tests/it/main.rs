//! The whole, from outside: the real binary, a real Prometheus and Alertmanager, real signals, a real full disk.

mod instance;
mod way_of_an_alert;
mod supervision;
mod durability;
mod bad_input;
mod refusals;
mod command_line;
mod documentation;
