#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deputize_spiffe::fuzzing::endpoint_url(data));
