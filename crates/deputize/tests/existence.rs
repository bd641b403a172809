//! No answer tells whether what is asked for exists elsewhere: a tenant that is not there, a client that is
//! not, and one of another tenant are told the same.

#![cfg(feature = "document")]

use std::error::Error;

use deputize::{
    core::{Acting, Actor, Change, ClientId, Configuration, Policy, Question, Resource, TenantId, UnixTime},
    store::{Directory, MemoryStore, Store},
};

#[tokio::test]
async fn what_is_there_for_others_is_told_as_what_is_not_there() -> Result<(), Box<dyn Error>> {
    let now = UnixTime::from_secs(1_800_000_000).ok_or("time")?;
    let store = MemoryStore::new();
    let olga = Actor::Operator("olga".parse()?);
    let (acme, other): (TenantId, TenantId) = ("acme".parse()?, "other".parse()?);
    let uri = "https://api.example";
    for tenant in [&acme, &other] {
        let resource = Change::PutResource(Resource { uri: uri.parse()?, scopes: Default::default() });
        store.apply(tenant, &olga, &[resource], now).await?;
    }
    let agent = r#"
        client_id = "research"
        spiffe_id = "spiffe://other/research"
        acting = "alone"
        allowed_scopes = ["a"]
        max_lifetime_seconds = 60
    "#;
    let document = format!("tenant = \"other\"\n[[resource]]\nuri = \"{uri}\"\n[[agent]]{agent}");
    let agents = Configuration::from_toml(&document)?.changes();
    store.apply(&other, &olga, &agents, now).await?;

    let asked = async |tenant: &str, client: &str| -> Result<&'static str, Box<dyn Error>> {
        let (client, resource): (ClientId, _) = (client.parse()?, Some(uri.parse()?));
        let question = Question { tenant: tenant.parse()?, client, acting: Acting::Alone, resource };
        match store.load(&question).await {
            Err(error) => Ok(error.oauth_code()),
            Ok(rows) => Ok(Policy::compile(question, rows).map_or_else(|refused| refused.error.oauth_code(), |_| "")),
        }
    };
    assert_eq!(asked("other", "research").await?, "");
    assert_eq!(asked("acme", "research").await?, "invalid_client");
    assert_eq!(asked("acme", "nobody").await?, "invalid_client");
    assert_eq!(asked("nowhere", "research").await?, "invalid_client");
    Ok(())
}
