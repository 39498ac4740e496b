//! [`tt_fuzz::answers`] under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tt_fuzz::answers(data));
