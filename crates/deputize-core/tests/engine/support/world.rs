use deputize_core::{
    Actor, Agent, Binding, Change, Configuration, Delegation, Resource, ResourceId, Role, Target, TokenId, UserId,
};

/// A configuration as lists and nothing more: what the naive evaluator walks through.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) resources: Vec<Resource>,
    pub(crate) default_resource: Option<ResourceId>,
    pub(crate) roles: Vec<Role>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) delegations: Vec<Delegation>,
    pub(crate) revoked_people: Vec<UserId>,
    pub(crate) revoked_tokens: Vec<TokenId>,
    pub(crate) revoked: bool,
}

pub(crate) const TENANT: &str = "acme.example";

impl World {
    pub(crate) fn configuration(&self) -> Configuration {
        let mut config = Configuration::new(TENANT.parse().unwrap());
        let operator = Actor::Operator("olga".parse().unwrap());
        for change in self.changes() {
            config.apply(&operator, &change).unwrap();
        }
        config
    }

    fn changes(&self) -> impl Iterator<Item = Change> {
        let resources = self.resources.iter().cloned().map(Change::PutResource);
        let default = Change::SetDefaultResource(self.default_resource.clone());
        let roles = self.roles.iter().cloned().map(Change::PutRole);
        let agents = self.agents.iter().cloned().map(Change::PutAgent);
        let bindings = self.bindings.iter().cloned().map(Change::Bind);
        let delegations = self.delegations.iter().cloned().map(Change::Delegate);
        let people = self.revoked_people.iter().cloned().map(Target::Person);
        let tokens = self.revoked_tokens.iter().copied().map(Target::Token);
        let tenant = self.revoked.then_some(Target::Tenant);
        let revoked = people.chain(tokens).chain(tenant).map(Change::Revoke);
        resources.chain([default]).chain(roles).chain(agents).chain(bindings).chain(delegations).chain(revoked)
    }
}
