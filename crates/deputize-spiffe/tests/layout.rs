//! Layouts: what they take, what they refuse, and that reading and printing are inverse.

use deputize_core::AgentId;
use deputize_spiffe::{Layout, LayoutError, NotInLayout, TrustDomain};
use proptest::prelude::*;

fn id(text: &str) -> AgentId {
    text.parse().unwrap()
}

fn read(layout: &str, text: &str) -> Result<(String, Vec<(String, String)>), NotInLayout> {
    let layout: Layout = layout.parse().unwrap();
    let agent = layout.read(&id(text))?;
    let fields = agent.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok((agent.tenant().to_string(), fields))
}

fn fits(layout: &str, text: &str, tenant: &str, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read(layout, text), Ok((tenant.to_owned(), fields)), "{layout} {text}");
}

#[test]
fn ids_are_read_by_their_layout() {
    let default = Layout::DEFAULT;
    fits(default, "spiffe://acme/agent/r1", "acme", &[("…", ""), ("name", "r1")]);
    fits(default, "spiffe://acme/agent/a/b/r1", "acme", &[("…", "a/b"), ("name", "r1")]);
    let shared = "/tenants/<tenant>/agents/<type>/<client>";
    fits(shared, "spiffe://p/tenants/acme/agents/w/c", "acme", &[("tenant", "acme"), ("type", "w"), ("client", "c")]);
    fits("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa/writer", "acme", &[("ns", "prod"), ("sa", "writer")]);
    fits("/<…>/x/<name>", "spiffe://acme/x/n", "acme", &[("…", ""), ("name", "n")]);
    fits("/<name>/<…>", "spiffe://acme/n/x/y", "acme", &[("name", "n"), ("…", "x/y")]);
    assert_eq!(Layout::default(), default.parse().unwrap());
}

#[test]
fn ids_that_do_not_fit_are_refused() {
    for (layout, text) in [
        (Layout::DEFAULT, "spiffe://acme/agent"),
        (Layout::DEFAULT, "spiffe://acme/agents/r1"),
        (Layout::DEFAULT, "spiffe://acme/Agent/r1"),
        (Layout::DEFAULT, "spiffe://acme/r1"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/sa/a/b"),
        ("/ns/<ns>/sa/<sa>", "spiffe://acme/ns/prod/as/a"),
        // A tenant id has no upper case: the segment names no tenant.
        ("/tenants/<tenant>/<client>", "spiffe://p/tenants/Acme/c"),
    ] {
        assert!(read(layout, text).is_err(), "{layout} {text}");
    }
}

#[test]
fn templates_that_mean_two_things_or_nothing_are_refused() {
    let twice = |name: &str| LayoutError::Twice(name.to_owned());
    for (text, error) in [
        ("", LayoutError::Start),
        ("agent/<name>", LayoutError::Start),
        ("spiffe://acme/<name>", LayoutError::Start),
        ("/", LayoutError::Segment(1)),
        ("/agent//<name>", LayoutError::Segment(2)),
        ("/agent/<name>/", LayoutError::Segment(3)),
        ("/agent/<name", LayoutError::Segment(2)),
        ("/agent/<>", LayoutError::Segment(2)),
        ("/agent/<Name>", LayoutError::Segment(2)),
        ("/agent/x<name>", LayoutError::Segment(2)),
        ("/../<name>", LayoutError::Segment(1)),
        ("/a%20b/<name>", LayoutError::Segment(1)),
        ("/<name>/<name>", twice("name")),
        ("/<…>/a/<…>", twice("…")),
        ("spiffe://<tenant>/<tenant>/<name>", LayoutError::TwoTenants),
        ("/agent", LayoutError::NoField),
    ] {
        assert_eq!(text.parse::<Layout>(), Err(error), "{text}");
    }
    assert_eq!(format!("/<name>/{}", "a".repeat(2048)).parse::<Layout>(), Err(LayoutError::TooLong));
}

#[test]
fn ids_are_made_of_fields() {
    let layout = Layout::default();
    let domain: TrustDomain = "acme".parse().unwrap();
    let made = |fields: &[(&str, &str)]| layout.agent_id(&domain, fields).map(|id| id.to_string());
    assert_eq!(made(&[("name", "r1")]), Ok("spiffe://acme/agent/r1".into()));
    assert_eq!(made(&[("name", "r1"), ("…", "a/b")]), Ok("spiffe://acme/agent/a/b/r1".into()));
    for fields in [&[][..], &[("name", "")], &[("name", "a/b")], &[("name", "..")], &[("name", "a"), ("…", "/x")]] {
        assert!(made(fields).is_err(), "{fields:?}");
    }
}

proptest! {
    /// Reading and printing are inverse, for every id that fits.
    #[test]
    fn reading_and_printing_are_inverse(
        layout in prop::sample::select(vec![Layout::DEFAULT, "/<…>", "/<a>/x/<…>/y/<b>", "/tenants/<tenant>/<…>", "/ns/<ns>/sa/<sa>"]),
        path in prop::collection::vec("agent|x|y|ns|sa|tenants|[a-z]{1,3}", 1..6),
    ) {
        let layout: Layout = layout.parse().unwrap();
        let id = id(&format!("spiffe://acme/{}", path.join("/")));
        if let Ok(agent) = layout.read(&id) {
            let fields: Vec<(&str, &str)> = agent.fields().collect();
            prop_assert_eq!(layout.agent_id(&"acme".parse().unwrap(), &fields), Ok(id));
        }
    }
}
