//! Each kind of entry: every mistake in it, with its exact words.

use crate::support::*;

#[test]
fn resources() {
    edits(
        "[[resource]]\nuri = 'urn:r'\nscopes = ['x', 'y']\n",
        &[
            ("uri = 'urn:r'", "", "line 14: resource[1].uri: is missing"),
            ("'urn:r'", "true", "line 15: resource[1].uri: is true or false, not a text"),
            ("urn:r", "r", "line 15: resource[1].uri: resource: is an absolute URI: the scheme is missing"),
            (
                "urn:r",
                "https://a.example",
                "line 15: resource[1].uri: the resource `https://a.example` is already there, on line 3",
            ),
            ("['x', 'y']", "[]", "line 16: resource[1].scopes: is an empty list"),
            ("['x', 'y']", "'x'", "line 16: resource[1].scopes: is a text, not a list"),
            ("'y'", "'x'", "line 16: resource[1].scopes[1]: `x` is listed twice"),
            ("'y'", "1.5", "line 16: resource[1].scopes[1]: is a number with a fraction or exponent, not a text"),
            ("'y'", "['y']", "line 16: resource[1].scopes[1]: is a list, not a text"),
            (
                "'y'",
                "\n'y:*'",
                "line 17: resource[1].scopes[1]: scope: is concrete: `*` has no place in it (at byte 2)",
            ),
            ("scopes", "scope", "line 16: resource[1].scope: is not a field here"),
        ],
    );
}

#[test]
fn roles() {
    edits(
        "[[role]]\nname = 'r'\npermissions = ['x', 'y:*']\n",
        &[
            ("name = 'r'", "", "line 14: role[1].name: is missing"),
            ("'r'", "''", "line 15: role[1].name: role name: is empty"),
            ("'r'", "'reader'", "line 15: role[1].name: the role `reader` is already there, on line 6"),
            ("permissions = ['x', 'y:*']", "", "line 14: role[1].permissions: is missing"),
            ("'x', 'y:*'", "", "line 16: role[1].permissions: is an empty list"),
            ("'y:*'", "'x'", "line 16: role[1].permissions[1]: `x` is listed twice"),
            (
                "y:*",
                "y*",
                "line 16: role[1].permissions[1]: scope pattern: takes `*` only at its end, after `:` (at byte 1)",
            ),
        ],
    );
    let many: String = (0..10_001).map(|n| format!("'s{n}',")).collect();
    toml(
        &format!("{BASE}[[role]]\nname = 'r'\npermissions = [{many}]"),
        &["line 14: role[1]: more than 10000 patterns in a role"],
    );
}

#[test]
fn agents() {
    let lifetime = "line 18: agent[1].max_lifetime_seconds:";
    edits(
        "[[agent]]\nclient_id = 'a'\nspiffe_id = 'spiffe://acme/a'\nacting = 'alone'\nmax_lifetime_seconds = 1\n\
         allowed_scopes = ['x', 'y']\nresources = ['https://a.example']\nmode = 'exact'\nstatus = 'suspended'\n",
        &[
            ("client_id = 'a'", "", "line 14: agent[1].client_id: is missing"),
            ("'a'", "'a b'", "line 15: agent[1].client_id: client id: takes only visible ASCII characters (at byte 1)"),
            ("'a'", "'bot'", "line 15: agent[1].client_id: the agent `bot` is already there, on line 9"),
            ("spiffe_id = 'spiffe://acme/a'", "", "line 14: agent[1].spiffe_id: is missing"),
            ("spiffe://", "https://", "line 16: agent[1].spiffe_id: SPIFFE ID: starts with `spiffe://` (at byte 0)"),
            (
                "acme/a",
                "acme/bot",
                "line 16: agent[1].spiffe_id: the SPIFFE ID `spiffe://acme/bot` is already there, on line 10",
            ),
            ("acting = 'alone'", "", "line 14: agent[1].acting: is missing"),
            ("alone", "Alone", "line 17: agent[1].acting: is none of `alone`, `for_person`, `either`"),
            ("max_lifetime_seconds = 1", "", "line 14: agent[1].max_lifetime_seconds: is missing"),
            ("= 1", "= 0", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= -1", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= 4294967296", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= 99999999999999999999", &format!("{lifetime} is not from 1 to 4294967295")),
            ("= 1", "= -99999999999999999999", &format!("{lifetime} is not from 1 to 4294967295")),
            (
                "= 1",
                "= 1.0",
                &format!("{lifetime} is a number with a fraction or exponent, not a whole number from 1 to 4294967295"),
            ),
            ("= 1", "= '1'", &format!("{lifetime} is a text, not a whole number from 1 to 4294967295")),
            ("allowed_scopes = ['x', 'y']", "", "line 14: agent[1].allowed_scopes: is missing"),
            ("'x', 'y'", "", "line 19: agent[1].allowed_scopes: is an empty list"),
            ("'y'", "'x'", "line 19: agent[1].allowed_scopes[1]: `x` is listed twice"),
            ("'https://a.example'", "", "line 20: agent[1].resources: is an empty list"),
            ("https://a.example", "urn:a", "line 20: agent[1].resources[0]: there is no resource `urn:a`"),
            ("exact", "wide", "line 21: agent[1].mode: is none of `narrow`, `exact`"),
            ("suspended", "off", "line 22: agent[1].status: is none of `active`, `suspended`, `revoked`"),
        ],
    );
}

#[test]
fn bindings() {
    let form = "time: is written like `2030-01-31T09:00:00Z`, in whole seconds (RFC 3339)";
    edits(
        "[[binding]]\nid = 'b'\nuser = 'u'\nrole = 'reader'\nnot_before = '2030-01-01T00:00:00Z'\n\
         not_after = 2031-01-01T00:00:00Z\nresource = 'https://a.example'\n",
        &[
            ("id = 'b'", "", "line 14: binding[0].id: is missing"),
            ("'b'", "\"\\u0007\"", "line 15: binding[0].id: binding id: takes no control characters (at byte 0)"),
            ("user = 'u'", "", "line 14: binding[0]: has neither `agent` nor `user`: it takes one"),
            ("user", "agent = 'bot'\nuser", "line 14: binding[0]: has both `agent` and `user`: it takes one"),
            ("user = 'u'", "agent = 'u'", "line 16: binding[0].agent: there is no agent `u`"),
            ("'u'", "''", "line 16: binding[0].user: user id: is empty"),
            ("role = 'reader'", "", "line 14: binding[0].role: is missing"),
            ("reader", "writer", "line 17: binding[0].role: there is no role `writer`"),
            ("'2030-01-01T00:00:00Z'", "'2030-01-01'", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01T00:00:00", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "00:00:00", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "2030-01-01T00:00:00.5Z", &format!("line 18: binding[0].not_before: {form}")),
            ("'2030-01-01T00:00:00Z'", "1893456000", "line 18: binding[0].not_before: is a whole number, not a text"),
            (
                "'2030-01-01T00:00:00Z'",
                "'1969-12-31T23:59:59Z'",
                "line 18: binding[0].not_before: time: lies before 1970",
            ),
            (
                "'2030-01-01T00:00:00Z'",
                "'9999-12-31T23:59:59-01:00'",
                "line 18: binding[0].not_before: time: lies past the end of year 9999",
            ),
            ("2031", "2030", "line 19: binding[0].not_after: window: ends before it begins"),
            ("2031", "2029", "line 19: binding[0].not_after: window: ends before it begins"),
            ("https://a.example", "urn:a", "line 20: binding[0].resource: there is no resource `urn:a`"),
            (
                "[[binding]]",
                "[[binding]]\nid = 'b'\nuser = 'v'\nrole = 'reader'\n[[binding]]",
                "line 19: binding[1].id: the binding `b` is already there, on line 15",
            ),
        ],
    );
    let many: String = (0..1001).map(|n| format!("[[binding]]\nid = '{n}'\nuser = 'u'\nrole = 'reader'\n")).collect();
    toml(&format!("{BASE}{many}"), &["line 4014: binding[1000]: more than 1000 bindings of one subject"]);
}

#[test]
fn delegations() {
    edits(
        "[[delegation]]\nid = 'd'\ndelegator = 'u'\nagent = 'bot'\nscopes = ['x', 'y']\npurpose = 'p'\n\
         resources = ['https://a.example']\nonward = ['bot']\nmax_depth = 8\nstatus = 'active'\n\
         not_after = '2030-01-01T00:00:00+02:00'\n",
        &[
            ("id = 'd'", "", "line 14: delegation[0].id: is missing"),
            ("delegator = 'u'", "", "line 14: delegation[0].delegator: is missing"),
            ("'u'", "''", "line 16: delegation[0].delegator: user id: is empty"),
            ("agent = 'bot'", "", "line 14: delegation[0].agent: is missing"),
            ("bot", "bat", "line 17: delegation[0].agent: there is no agent `bat`"),
            ("scopes = ['x', 'y']", "", "line 14: delegation[0].scopes: is missing"),
            ("'x', 'y'", "", "line 18: delegation[0].scopes: is an empty list"),
            ("'y'", "'x'", "line 18: delegation[0].scopes[1]: `x` is listed twice"),
            (
                "'y'",
                "'y:*'",
                "line 18: delegation[0].scopes[1]: scope: is concrete: `*` has no place in it (at byte 2)",
            ),
            ("purpose = 'p'", "", "line 14: delegation[0].purpose: is missing"),
            ("'p'", "1", "line 19: delegation[0].purpose: is a whole number, not a text"),
            ("'p'", &format!("'{}'", "p".repeat(1025)), "line 14: delegation[0]: more than 1024 bytes of purpose"),
            ("'https://a.example'", "", "line 20: delegation[0].resources: is an empty list"),
            ("https://a.example", "urn:a", "line 20: delegation[0].resources[0]: there is no resource `urn:a`"),
            ("['bot']", "[]", "line 21: delegation[0].onward: is an empty list"),
            ("['bot']", "['bot', 'bat']", "line 21: delegation[0].onward[1]: there is no agent `bat`"),
            ("= 8", "= 9", "line 22: delegation[0].max_depth: is not from 0 to 8"),
            ("= 8", "= -1", "line 22: delegation[0].max_depth: is not from 0 to 8"),
            ("active", "suspended", "line 23: delegation[0].status: is none of `active`, `revoked`"),
            (
                "[[delegation]]",
                "[[delegation]]\nid = 'd'\ndelegator = 'u'\nagent = 'bot'\nscopes = ['x']\npurpose = ''\n[[delegation]]",
                "line 21: delegation[1].id: the delegation `d` is already there, on line 15",
            ),
        ],
    );
}

#[test]
fn what_is_revoked() {
    edits(
        "[[binding]]\nid = 'b'\nuser = 'u'\nrole = 'reader'\n\
         [revoked]\ntokens = ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f']\npeople = ['eve']\nbindings = ['old']\n\
         tenant = true\n",
        &[
            ("['017f22e2-79b0-7cc3-98c4-dc0c0c07398f']", "[]", "line 19: revoked.tokens: is an empty list"),
            (
                "017f",
                "017F",
                "line 19: revoked.tokens[0]: token id: is a UUID in canonical lower-case form (at byte 3)",
            ),
            ("'eve'", "'eve', 'eve'", "line 20: revoked.people[1]: `eve` is listed twice"),
            ("'eve'", "''", "line 20: revoked.people[0]: user id: is empty"),
            ("old", "b", "line 21: revoked.bindings[0]: the binding `b` is there, on line 15"),
            ("true", "false", "line 22: revoked.tenant: is `true`, or left out"),
            ("true", "1", "line 22: revoked.tenant: is a whole number, not `true`"),
            ("people", "agents", "line 20: revoked.agents: is not a field here"),
        ],
    );
}
