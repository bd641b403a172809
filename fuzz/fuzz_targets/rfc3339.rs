#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deputize_core::fuzzing::rfc3339(data));
