//! What an indicator is called in a title: its id as words, or a phrase where the id alone does not read as English.

use super::text::add_capital;
use crate::analysis::Text;

/// Indicators whose id is too terse for a title; sorted by id.
const PHRASES: &[(&str, &str)] = &[
    ("anonymous-acts-on-cluster", "Cluster changed without a login"),
    ("application-looks-around", "System explored from an application"),
    ("application-reads-credentials", "Credentials read from an application"),
    ("attack-client-on-cluster", "Attack tool talks to the cluster"),
    ("attack-tool-in-tree", "Attack tool among the processes"),
    ("awk-network-shell", "Network shell in awk"),
    ("callback-site", "Call to a site that collects call-backs"),
    ("cgroup-release-agent", "Container escape through release_agent"),
    ("chat-used-as-channel", "Chat service used as a channel"),
    ("cloud-credentials-from-metadata", "Cloud credentials taken from the metadata service"),
    ("cluster-admin-given", "Cluster admin rights given"),
    ("cluster-api-asked-by-shell-tool", "Cluster API asked by a shell tool"),
    ("connection-to-pool", "Connection to a mining pool"),
    ("connection-to-pool-port", "Connection to a mining pool's port"),
    ("container-walls-probed", "Ways out of the container probed"),
    ("container-with-host-rights", "Container started with the host's rights"),
    ("credential-files-read-by-hand", "Credential file read by hand"),
    ("cron-file-written-by-hand", "Cron file written by hand"),
    ("cron-job-that-attacks", "Malicious cron job installed"),
    ("data-in-dns-question", "Data sent out in DNS questions"),
    ("database-command-execution", "Command run through a database"),
    ("decoded-file-run", "Decoded file run"),
    ("decoded-payload-run", "Encoded payload decoded and run"),
    ("decoded-text-run", "Encoded text decoded and run"),
    ("deleted-program-runs", "Deleted program still runs"),
    ("download-and-execute", "Download made and run"),
    ("download-by-language-one-liner", "Download by a one-line script"),
    ("download-from-bare-address", "Download from a bare address"),
    ("download-from-drop-site", "Download from a drop site"),
    ("download-piped-to-interpreter", "Download piped into a shell"),
    ("download-run-as-code", "Download run as code"),
    ("download-to-hidden-path", "Download to a hidden path"),
    ("download-to-temporary-as-program", "Program downloaded to scratch space"),
    ("environment-of-other-processes", "Environment of other processes read"),
    ("host-reached-through-proc-root", "Host's files reached through /proc"),
    ("interpreter-runs-shell", "Shell run from a one-line script"),
    ("key-search", "Search for keys or passwords"),
    ("key-search-everywhere", "Keys or passwords searched for everywhere"),
    ("language-remote-shell", "Remote shell in a script"),
    ("link-command-to-sensitive-file", "Link made to a file of secrets"),
    ("link-to-sensitive-file", "Link made to a file of secrets"),
    ("login-file-written-by-stranger", "Log-in file written by a stranger to it"),
    ("login-key-added", "SSH log-in key added"),
    ("login-key-file-written", "SSH log-in keys written"),
    ("login-record-emptied-by-shell", "Log-in records emptied"),
    ("login-records-destroyed", "Log-in records destroyed"),
    ("metadata-asked-by-hand", "Metadata service asked by hand"),
    ("miner-in-tree", "Cryptominer among the processes"),
    ("miner-program", "Cryptominer started"),
    ("mining-options", "Program started with mining options"),
    ("module-from-home", "Kernel module loaded from a home directory"),
    ("module-from-scratch-space", "Kernel module loaded from scratch space"),
    ("module-loaded-in-container", "Kernel module loaded from a container"),
    ("netcat-runs-program", "Remote shell through netcat"),
    ("network-device-to-outside", "Shell opens a connection to the outside"),
    ("network-swept", "Network scanned"),
    ("odd-program-name", "Program with an odd name"),
    ("own-address-asked", "Own public address asked for"),
    ("parent-in-scratch-space", "Started by a program in scratch space"),
    ("pipe-into-shell-in-text", "Download piped into a shell"),
    ("pkexec-without-arguments", "Exploit of pkexec (CVE-2021-4034)"),
    ("ports-tried-one-by-one", "Ports tried one by one"),
    ("profile-that-attacks", "Malicious shell profile written"),
    ("relay-by-socat", "Relay opened with socat"),
    ("release-agent-file", "Container escape through release_agent"),
    ("reverse-tunnel-to-address", "Reverse tunnel to a bare address"),
    ("runs-file-in-scratch-space", "Script run from scratch space"),
    ("runs-hidden-file-in-scratch-space", "Hidden script run from scratch space"),
    ("self-named-payload", "Program that calls itself a payload"),
    ("server-fetches-or-connects", "Download or connection by a server's child"),
    ("server-looks-around", "System explored from a server"),
    ("server-runs-code", "One-line script run by a server"),
    ("service-that-attacks", "Malicious service installed"),
    ("setuid-shell-or-scratch", "Setuid bit on a shell or a file in scratch space"),
    ("shell-on-descriptor", "Shell tied to an open connection"),
    ("shell-on-network-device", "Reverse shell"),
    ("shell-stdio-on-inside-connection", "Shell tied to a connection inside the network"),
    ("shell-stdio-on-outside-connection", "Reverse shell to a public address"),
    ("shell-talks-to-network", "Shell talks to the network"),
    ("simulated-attack", "Simulated attack"),
    ("sudoedit-overflow", "Exploit of sudoedit (CVE-2021-3156)"),
    ("system-program-on-network", "System program talks to the network"),
    ("text-addressed-to-an-analyst", "Text meant to sway an analyst"),
    ("workload-account-makes-privileged-pod", "Privileged pod made by a workload's account"),
    ("workload-account-opens-shell", "Shell opened by a workload's account"),
    ("workload-account-reads-all-secrets", "All secrets read by a workload's account"),
];

/// `fileless-execution` as `Fileless execution`.
pub(super) fn spoken(id: &str) -> Text {
    if let Ok(at) = PHRASES.binary_search_by_key(&id, |(known, _)| known) {
        return PHRASES[at].1.into();
    }
    let mut words = String::with_capacity(id.len());
    add_capital(&mut words, &id.replace('-', " "));
    words.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::indicators;

    #[test]
    fn every_phrase_is_of_an_indicator_and_stands_once() {
        assert!(PHRASES.is_sorted_by(|a, b| a.0 < b.0));
        for (n, (id, phrase)) in PHRASES.iter().enumerate() {
            assert!(indicators::rows().any(|row| row.id == *id), "{id}");
            assert!(PHRASES[..n].iter().all(|(earlier, _)| earlier != id), "{id}");
            assert!(phrase.len() < 60 && !phrase.ends_with('.'), "{phrase}");
        }
    }
}
