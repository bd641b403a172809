//! A tenant's signing keys in the database, sealed under a key that it never gets: what store and token
//! come to together.
#![cfg(feature = "sqlite")]

use std::error::Error;

use deputize::{
    core::{Actor, Change, Issuer, Resource, TenantId, UnixTime},
    store::{KeyRingError, SqliteStore, Store, limits::MAX_KEY_RING_BYTES},
    token::{Algorithm, KeyEncryptionKey, KeyRing, SealedKeyRing, SigningKey, limits::MAX_SEALED_KEY_RING_BYTES},
};

type Done = Result<(), Box<dyn Error>>;

/// Loads the ring, makes the change, and puts it in the place of what was loaded.
async fn change(
    store: &SqliteStore,
    tenant: &TenantId,
    issuer: &Issuer,
    by: &KeyEncryptionKey,
    now: UnixTime,
    make: impl FnOnce(&mut KeyRing) -> Done,
) -> Result<KeyRing, Box<dyn Error>> {
    let kept = store.key_ring(tenant).await?.ok_or("no key ring")?;
    let mut ring = kept.sealed.parse::<SealedKeyRing>()?.open(tenant, issuer, by)?;
    make(&mut ring)?;
    let olga = Actor::Operator("olga".parse()?);
    store.put_key_ring(tenant, &olga, ring.seal(by, now)?.as_str(), kept.version, now).await?;
    Ok(ring)
}

#[tokio::test]
async fn keys_are_kept_sealed_rotated_and_found_again() -> Done {
    let now = UnixTime::from_rfc3339("2030-01-01T00:00:00Z")?;
    let (tenant, issuer): (TenantId, Issuer) = ("acme".parse()?, "https://id.acme.example".parse()?);
    let olga = Actor::Operator("olga".parse()?);
    let store = SqliteStore::in_memory().await?;
    let resource = Resource { uri: "https://api.example".parse()?, scopes: Default::default() };
    store.apply(&tenant, &olga, &[Change::PutResource(resource)], now).await?;

    // The first ring, sealed.
    let by = KeyEncryptionKey::new("2030", &[7; 32])?;
    let ring = KeyRing::new(tenant.clone(), issuer.clone(), SigningKey::generate(Algorithm::EdDsa)?);
    assert_eq!(store.put_key_ring(&tenant, &olga, ring.seal(&by, now)?.as_str(), 0, now).await?, 1);

    // Another process publishes the next key and rotates to it; the first key goes on being published.
    let first = ring.public(now).to_json();
    let next = SigningKey::generate(Algorithm::EdDsa)?;
    let rotate = |ring: &mut KeyRing| -> Done {
        ring.publish_next(next, now).map_err(|refused| refused.error)?;
        ring.rotate(now)?;
        Ok(())
    };
    let rotated = change(&store, &tenant, &issuer, &by, now, rotate).await?;
    let kept = store.key_ring(&tenant).await?.ok_or("no key ring")?;
    assert_eq!(kept.version, 2);
    let found = kept.sealed.parse::<SealedKeyRing>()?.open(&tenant, &issuer, &by)?;
    assert_eq!(found.public(now).to_json(), rotated.public(now).to_json());
    assert_ne!(found.public(now).to_json(), first);

    // Whoever did not see that can't put back what was.
    let late = store.put_key_ring(&tenant, &olga, ring.seal(&by, now)?.as_str(), 1, now).await;
    assert!(matches!(late, Err(KeyRingError::Outdated)));
    Ok(())
}

/// Whatever can be sealed can be kept.
#[test]
fn the_bounds_are_the_same() {
    assert_eq!(MAX_KEY_RING_BYTES, MAX_SEALED_KEY_RING_BYTES);
}
