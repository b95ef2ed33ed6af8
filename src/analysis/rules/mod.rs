//! What is known about a Falco rule before its alert is read: what it means when it fires, what
//! usually causes it without harm, what an attacker would gain, what to ask and to do first, and
//! on which fields an exception for it should rest.
//!
//! The words are this project's own, written from the conditions of the stock rules 5.x (stable,
//! incubating and sandbox), of the Kubernetes audit plugin and of Falco's internal alerts. Every
//! rule has an entry of its own; a test compares the tables with the rule files and refuses a
//! missing rule, an empty part and a sentence that is used twice. Text in angle brackets, such as
//! `<container.id>`, is a place for the alert's value of that field; values are hostile, so who
//! fills one in quotes it for the shell. Other words in them (`<pid>`) are for the reader.
//! A back-quoted text with a blank in a first step is a command that can be run as it stands.
//!
//! Rules that are not stock are described by the user's own rule files, see [`files`].
//!
//! Constraints: pure; `const` tables only; looked up by the rule's exact name.

pub mod attack;
pub mod files;

mod incubating_files;
mod incubating_network;
mod incubating_privilege;
mod internal;
mod k8s_audit_created;
mod k8s_audit_deleted;
mod k8s_audit_objects;
mod k8s_audit_pods;
mod k8s_audit_roles;
mod retired;
mod sandbox_container;
mod sandbox_exploit;
mod sandbox_network;
mod sandbox_writes;
mod stable_container;
mod stable_files;
mod stable_process;

/// What is known about one rule, in six parts.
#[derive(Debug)]
pub struct RuleEntry {
    /// The rule's name, exactly as in Falco's rule file.
    pub rule: &'static str,
    /// What has been observed when the rule fires, and what has not.
    pub means: &'static str,
    /// Usual causes that are no attack, with the names of products that are known for them.
    pub benign: &'static [&'static str],
    /// What an attacker gets out of the activity.
    pub attacker_gains: &'static str,
    /// The questions whose answers decide the case.
    pub questions: &'static [&'static str],
    /// What to do first, in this order.
    pub first_steps: &'static [&'static str],
    /// How the rule is best made quieter without making it blind.
    pub tuning: TuningAdvice,
}

/// How a rule is best tuned.
#[derive(Debug)]
pub struct TuningAdvice {
    /// What to except, and what not.
    pub advice: &'static str,
    /// Falco fields with the comparison that fits each (`=`, `endswith`, `startswith`, `in` or
    /// `contains`), most telling first. Only fields that the rule's event source provides.
    pub fields: &'static [(&'static str, &'static str)],
    /// The macro in the stock rule's condition that is meant to be replaced by users.
    pub macro_hook: Option<&'static str>,
}

/// All tables; each is sorted by rule name, and no name is in two of them.
const TABLES: &[&[RuleEntry]] = &[
    stable_files::STABLE_FILES,
    stable_process::STABLE_PROCESS,
    stable_container::STABLE_CONTAINER,
    incubating_files::INCUBATING_FILES,
    incubating_network::INCUBATING_NETWORK,
    incubating_privilege::INCUBATING_PRIVILEGE,
    sandbox_writes::SANDBOX_WRITES,
    sandbox_container::SANDBOX_CONTAINER,
    sandbox_network::SANDBOX_NETWORK,
    sandbox_exploit::SANDBOX_EXPLOIT,
    internal::INTERNAL,
    k8s_audit_pods::K8S_AUDIT_PODS,
    k8s_audit_roles::K8S_AUDIT_ROLES,
    k8s_audit_objects::K8S_AUDIT_OBJECTS,
    k8s_audit_created::K8S_AUDIT_CREATED,
    k8s_audit_deleted::K8S_AUDIT_DELETED,
    retired::RETIRED,
];

/// The entry of the rule with exactly this name.
pub fn entry(rule: &str) -> Option<&'static RuleEntry> {
    TABLES.iter().find_map(|table| {
        let found = table.binary_search_by(|entry| entry.rule.cmp(rule));
        found.ok().map(|index| &table[index])
    })
}

/// All entries, table by table.
pub fn entries() -> impl Iterator<Item = &'static RuleEntry> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests;
