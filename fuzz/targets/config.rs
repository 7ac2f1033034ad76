//! No text makes reading a configuration panic, or take for ever.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    // What it says of the text does not matter here.
    let _ = agw_config::read(text, Path::new("/nonexistent"));
});
