//! Both directions with plain `jsonwebtoken` over its aws_lc backend.

mod interop;
mod support;

#[test]
fn both_directions() {
    // Ours neither needs a provider nor installs one: the place is free afterwards.
    interop::ours_alone();
    jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default().unwrap();
    interop::ours_is_taken_by_plain();
    interop::plain_is_taken_by_ours();
}
