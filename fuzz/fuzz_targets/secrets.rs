//! [`tt_fuzz::secrets`] under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tt_fuzz::secrets(data));
