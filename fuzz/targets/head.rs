//! No bytes make the framing guard panic, and what it lets pass is read alike by an independent parser.
#![no_main]

use agw_core::framing::{Framing, check};
use libfuzzer_sys::fuzz_target;

#[path = "../../gateway/core/src/framing/tests/agreement.rs"]
mod agreement;

fuzz_target!(|head: &[u8]| agreement::assert(head));
