//! The story is told to its end, and every turn of it is the one that is promised.

mod support;

use support::run;

#[test]
fn the_quickstart_shows_the_whole_job() {
    let ended = run("quickstart", &[], b"");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    for turn in [
        "✔ its JWT-SVID proves spiffe://acme.example/agent/research-agent",
        "✔ report 7, read for alice",
        "✘ reports:delete     refused by allowed_scopes, delegation",
        "✘ payroll:read       refused by role_binding, allowed_scopes, resource, delegation, delegator",
        "✔ alice → research-agent → writer-agent for 300 s",
        "✘ the research agent's token is refused: the token, or something it rests on, is revoked",
        "✘ the writer agent's token is refused: the token, or something it rests on, is revoked",
        "person alice              revoke alice-weekly-report",
    ] {
        assert!(ended.stdout.contains(turn), "{turn}\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains('\x1b'), "colours are for a terminal");
}
