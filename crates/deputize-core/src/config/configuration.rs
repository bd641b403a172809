use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    Actor, Agent, ApplyError, Binding, Bump, Change, Delegation, DelegationStatus, Effect, Facts, Lineage, Needs,
    Resource, Revoked, Role, Status, Subject, Target, Use, Write,
};
use crate::vocabulary::{AgentId, BindingId, ClientId, DelegationId, ResourceId, Revision, RoleId, TenantId, UserId};

/// Everything of one tenant: a pure value, enough by itself for somebody who only wants the engine,
/// and the model that every store agrees with.
///
/// It changes in one way, [`Configuration::apply`]. Two configurations are equal when they hold the
/// same entries and have revoked and removed the same; by which steps they came there, and so their
/// revisions, makes no difference.
///
/// ```
/// use deputize_core::{Actor, Change, Configuration, NonEmptySet, Role};
///
/// let mut config = Configuration::new("acme".parse()?);
/// let role = Role { name: "reader".parse()?, permissions: NonEmptySet::of("reports:*".parse()?) };
/// config.apply(&Actor::Operator("olga".parse()?), &Change::PutRole(role))?;
/// assert_eq!(config.roles().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Configuration {
    tenant: TenantId,
    default_resource: Option<ResourceId>,
    agents: BTreeMap<ClientId, Agent>,
    roles: BTreeMap<RoleId, Role>,
    bindings: BTreeMap<BindingId, Binding>,
    delegations: BTreeMap<DelegationId, Delegation>,
    resources: BTreeMap<ResourceId, Resource>,
    removed_bindings: BTreeSet<BindingId>,
    // Agents and delegations carry their status: of those two, these sets stay empty.
    revoked: Revoked,
    revisions: Revisions,
    index: Index,
}

#[derive(Debug, Clone, Default)]
struct Revisions {
    latest: Revision,
    epoch: Revision,
    agents: BTreeMap<ClientId, Revision>,
    people: BTreeMap<UserId, Revision>,
}

/// Ways into the maps that their keys do not give.
#[derive(Debug, Clone, Default)]
struct Index {
    by_spiffe_id: BTreeMap<AgentId, ClientId>,
    // In order. There are few of each, most often one, for which a set would take a dozen times the space.
    by_subject: BTreeMap<Subject, Vec<BindingId>>,
    by_pair: BTreeMap<(UserId, ClientId), Vec<DelegationId>>,
    role_uses: BTreeMap<RoleId, usize>,
    resource_uses: BTreeMap<ResourceId, usize>,
}

impl Configuration {
    /// The empty configuration of a tenant: it grants nothing.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            default_resource: None,
            agents: BTreeMap::new(),
            roles: BTreeMap::new(),
            bindings: BTreeMap::new(),
            delegations: BTreeMap::new(),
            resources: BTreeMap::new(),
            removed_bindings: BTreeSet::new(),
            revoked: Revoked::default(),
            revisions: Revisions::default(),
            index: Index::default(),
        }
    }

    /// Makes one change, as this actor, or refuses it and changes nothing. Returns the tenant's
    /// latest revision, a new one unless the change made no difference.
    ///
    /// # Errors
    ///
    /// As [`ApplyError`] tells.
    pub fn apply(&mut self, actor: &Actor, change: &Change) -> Result<Revision, ApplyError> {
        let facts = self.facts(&change.needs());
        if let Some(effect) = change.judge(actor, &facts)? {
            self.carry_out(effect);
        }
        Ok(self.revisions.latest)
    }

    /// The changes that make this configuration out of an empty one, in an order that works; made
    /// on this very configuration they change nothing.
    pub fn changes(&self) -> Vec<Change> {
        let resources = self.resources.values().cloned().map(Change::PutResource);
        let default = Change::SetDefaultResource(self.default_resource.clone());
        let roles = self.roles.values().cloned().map(Change::PutRole);
        let agents = self.agents.values().cloned().map(Change::PutAgent);
        let bindings = self.bindings.values().cloned().map(Change::Bind);
        let removed = self.removed_bindings.iter().cloned().map(Change::Unbind);
        let delegations = self.delegations.values().cloned().map(Change::Delegate);
        let tokens = self.revoked.tokens.iter().copied().map(Target::Token);
        let people = self.revoked.people.iter().cloned().map(Target::Person);
        let tenant = self.revoked.tenant.then_some(Target::Tenant);
        let revoked = tokens.chain(people).chain(tenant).map(Change::Revoke);
        let entries = resources.chain([default]).chain(roles).chain(agents);
        entries.chain(bindings).chain(removed).chain(delegations).chain(revoked).collect()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The resource that a request means that names none.
    #[must_use]
    pub fn default_resource(&self) -> Option<&ResourceId> {
        self.default_resource.as_ref()
    }

    /// The agents, by client id.
    pub fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// One agent.
    #[must_use]
    pub fn agent(&self, client: &ClientId) -> Option<&Agent> {
        self.agents.get(client)
    }

    /// The agent with this SPIFFE ID.
    #[must_use]
    pub fn agent_by_spiffe_id(&self, id: &AgentId) -> Option<&Agent> {
        self.agents.get(self.index.by_spiffe_id.get(id)?)
    }

    /// The roles, by name.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// One role.
    #[must_use]
    pub fn role(&self, name: &RoleId) -> Option<&Role> {
        self.roles.get(name)
    }

    /// The bindings, by id.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.values()
    }

    /// The ids of bindings that were removed and are never used again.
    pub fn removed_bindings(&self) -> impl Iterator<Item = &BindingId> {
        self.removed_bindings.iter()
    }

    /// The bindings of one subject, by id.
    pub fn bindings_of(&self, subject: &Subject) -> impl Iterator<Item = &Binding> {
        self.index.by_subject.get(subject).into_iter().flatten().filter_map(|id| self.bindings.get(id))
    }

    /// The delegations, by id.
    pub fn delegations(&self) -> impl Iterator<Item = &Delegation> {
        self.delegations.values()
    }

    /// One delegation.
    #[must_use]
    pub fn delegation(&self, id: &DelegationId) -> Option<&Delegation> {
        self.delegations.get(id)
    }

    /// The delegations from one person to one agent, by id.
    pub fn delegations_between(&self, person: &UserId, agent: &ClientId) -> impl Iterator<Item = &Delegation> {
        let ids = self.index.by_pair.get(&(person.clone(), agent.clone()));
        ids.into_iter().flatten().filter_map(|id| self.delegations.get(id))
    }

    /// The resources, by URI.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// One resource.
    #[must_use]
    pub fn resource(&self, uri: &ResourceId) -> Option<&Resource> {
        self.resources.get(uri)
    }

    /// What is revoked, suspended agents included: the snapshot that a verifier needs.
    #[must_use]
    pub fn revoked(&self) -> Revoked {
        let mut revoked = self.revoked.clone();
        let agents = self.agents.values().filter(|agent| agent.status != Status::Active);
        revoked.agents.extend(agents.map(|agent| agent.client_id.clone()));
        let delegations = self.delegations.values().filter(|d| d.status == DelegationStatus::Revoked);
        revoked.delegations.extend(delegations.map(|d| d.id.clone()));
        revoked
    }

    /// The tokens, people and the tenant that were revoked, without what entries say of themselves.
    #[must_use]
    pub fn revoked_directly(&self) -> &Revoked {
        &self.revoked
    }

    /// The first thing in `lineage` that is revoked, suspended or, a delegation or an agent, not
    /// there: tenant, person, delegation, then agents and tokens from the root on.
    #[must_use]
    pub fn dead(&self, lineage: &Lineage) -> Option<Target> {
        let live = |id| self.delegation(id).is_some_and(|found| found.status == DelegationStatus::Active);
        let active = |id| self.agent(id).is_some_and(|found| found.status == Status::Active);
        let tenant = self.revoked.tenant.then_some(Target::Tenant);
        let person = lineage.person.iter().find(|id| self.revoked.people.contains(*id));
        let delegation = lineage.delegation.iter().find(|id| !live(id));
        let agent = lineage.agents.iter().find(|id| !active(id));
        let token = lineage.tokens.iter().find(|id| self.revoked.tokens.contains(*id));
        tenant
            .or_else(|| person.cloned().map(Target::Person))
            .or_else(|| delegation.cloned().map(Target::Delegation))
            .or_else(|| agent.cloned().map(Target::Agent))
            .or_else(|| token.copied().map(Target::Token))
    }

    /// The latest revision of anything in this tenant.
    #[must_use]
    pub fn latest(&self) -> Revision {
        self.revisions.latest
    }

    /// The revision of the tenant itself: its roles and resources.
    #[must_use]
    pub fn epoch(&self) -> Revision {
        self.revisions.epoch
    }

    /// The revision of an agent: its entry and bindings.
    #[must_use]
    pub fn agent_revision(&self, client: &ClientId) -> Revision {
        self.revisions.agents.get(client).copied().unwrap_or_default()
    }

    /// The revision of a person: their bindings and delegations.
    #[must_use]
    pub fn person_revision(&self, person: &UserId) -> Revision {
        self.revisions.people.get(person).copied().unwrap_or_default()
    }

    /// What a change has to be judged by: what a store looks up, here without a database.
    #[must_use]
    pub fn facts(&self, needs: &Needs) -> Facts {
        let found = |id: &ClientId| self.agents.get(id).map(|agent| (id.clone(), agent.clone()));
        Facts {
            tenant_revoked: self.revoked.tenant,
            agents: needs.agents.iter().filter_map(found).collect(),
            spiffe_owner: needs.spiffe_id.as_ref().and_then(|id| self.index.by_spiffe_id.get(id)).cloned(),
            roles: lookup(&self.roles, &needs.roles),
            binding: needs.binding.as_ref().and_then(|id| self.bindings.get(id)).cloned(),
            binding_removed: needs.binding.as_ref().is_some_and(|id| self.removed_bindings.contains(id)),
            delegation: needs.delegation.as_ref().and_then(|id| self.delegations.get(id)).cloned(),
            resources: lookup(&self.resources, &needs.resources),
            person_revoked: needs.person.as_ref().is_some_and(|id| self.revoked.people.contains(id)),
            count: needs.count.as_ref().map_or(0, |count| self.count(count)),
            default_resource: self.default_resource.clone(),
        }
    }

    fn count(&self, of: &Use) -> usize {
        match of {
            Use::OfRole(name) => self.index.role_uses.get(name).copied().unwrap_or(0),
            Use::OfResource(uri) => {
                let default = usize::from(self.default_resource.as_ref() == Some(uri));
                self.index.resource_uses.get(uri).copied().unwrap_or(0).saturating_add(default)
            }
            Use::BindingsOf(subject) => self.index.by_subject.get(subject).map_or(0, Vec::len),
            Use::Delegations(person, agent) => {
                self.index.by_pair.get(&(person.clone(), agent.clone())).map_or(0, Vec::len)
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let revision = self.revisions.latest.next();
        self.revisions.latest = revision;
        match effect.bump {
            Some(Bump::Agent(client)) => drop(self.revisions.agents.insert(client, revision)),
            Some(Bump::Person(person)) => drop(self.revisions.people.insert(person, revision)),
            Some(Bump::Epoch) => self.revisions.epoch = revision,
            None => {}
        }
        match effect.write {
            Write::Agent(agent) => {
                if let Some(old) = self.agents.get(&agent.client_id) {
                    self.index.by_spiffe_id.remove(&old.spiffe_id);
                    self.index.forget(old.resources.listed());
                }
                self.index.by_spiffe_id.insert(agent.spiffe_id.clone(), agent.client_id.clone());
                self.index.note(agent.resources.listed());
                self.agents.insert(agent.client_id.clone(), agent);
            }
            Write::Role(role) => drop(self.roles.insert(role.name.clone(), role)),
            Write::RemoveRole(name) => drop(self.roles.remove(&name)),
            Write::Binding(mut binding) => {
                self.unindex_binding(&binding.id);
                // One text of each name, however many bindings there are.
                if let Some((role, _)) = self.roles.get_key_value(&binding.role) {
                    binding.role = role.clone();
                }
                if let Some((subject, _)) = self.index.by_subject.get_key_value(&binding.subject) {
                    binding.subject = subject.clone();
                }
                include(self.index.by_subject.entry(binding.subject.clone()).or_default(), &binding.id);
                increment(&mut self.index.role_uses, &binding.role);
                self.index.note(&binding.resource);
                self.bindings.insert(binding.id.clone(), binding);
            }
            Write::RemoveBinding(id) => {
                self.unindex_binding(&id);
                self.bindings.remove(&id);
                self.removed_bindings.insert(id);
            }
            Write::Delegation(delegation) => {
                if let Some(old) = self.delegations.get(&delegation.id) {
                    self.index.forget(old.resources.listed());
                }
                self.index.note(delegation.resources.listed());
                let pair = (delegation.delegator.clone(), delegation.agent.clone());
                include(self.index.by_pair.entry(pair).or_default(), &delegation.id);
                self.delegations.insert(delegation.id.clone(), delegation);
            }
            Write::Resource(resource) => drop(self.resources.insert(resource.uri.clone(), resource)),
            Write::RemoveResource(uri) => drop(self.resources.remove(&uri)),
            Write::DefaultResource(uri) => self.default_resource = uri,
            Write::RevokedToken(id) => drop(self.revoked.insert(Target::Token(id))),
            Write::RevokedPerson(person) => drop(self.revoked.insert(Target::Person(person))),
            Write::RevokedTenant => self.revoked.tenant = true,
        }
    }

    fn unindex_binding(&mut self, id: &BindingId) {
        let Some(old) = self.bindings.get(id) else { return };
        if let Some(ids) = self.index.by_subject.get_mut(&old.subject) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.index.by_subject.remove(&old.subject);
            }
        }
        decrement(&mut self.index.role_uses, &old.role);
        self.index.forget(&old.resource);
    }
}

/// Keeps them in order, each once, and takes no more space than they do.
fn include<T: Ord + Clone>(ids: &mut Vec<T>, id: &T) {
    if let Err(place) = ids.binary_search(id) {
        ids.reserve_exact(1);
        ids.insert(place, id.clone());
    }
}

impl PartialEq for Configuration {
    fn eq(&self, other: &Self) -> bool {
        // Revisions tell how a configuration came to be, and the index follows from the rest.
        let Self {
            tenant,
            default_resource,
            agents,
            roles,
            bindings,
            delegations,
            resources,
            removed_bindings,
            revoked,
            revisions: _,
            index: _,
        } = self;
        *tenant == other.tenant
            && *default_resource == other.default_resource
            && *agents == other.agents
            && *roles == other.roles
            && *bindings == other.bindings
            && *delegations == other.delegations
            && *resources == other.resources
            && *removed_bindings == other.removed_bindings
            && *revoked == other.revoked
    }
}

impl Eq for Configuration {}

impl Index {
    fn note<'a>(&mut self, resources: impl IntoIterator<Item = &'a ResourceId>) {
        for uri in resources {
            increment(&mut self.resource_uses, uri);
        }
    }

    fn forget<'a>(&mut self, resources: impl IntoIterator<Item = &'a ResourceId>) {
        for uri in resources {
            decrement(&mut self.resource_uses, uri);
        }
    }
}

fn lookup<K: Ord + Clone, V: Clone>(map: &BTreeMap<K, V>, keys: &[K]) -> BTreeMap<K, V> {
    keys.iter().filter_map(|key| map.get(key).map(|value| (key.clone(), value.clone()))).collect()
}

fn increment<K: Ord + Clone>(counts: &mut BTreeMap<K, usize>, key: &K) {
    let count = counts.entry(key.clone()).or_default();
    *count = count.saturating_add(1);
}

fn decrement<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}
