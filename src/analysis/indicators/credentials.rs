//! Credentials: reading them, searching for them, asking a metadata service or the cluster for them.

use super::key_search::is_sensitive_target;
use super::kinds::Kinds;
use super::seen::Seen;
use super::words::{Part, has_any, holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "cloud-credentials-from-metadata",
        finds: Finds::Kind(Kinds::DOWNLOADS.or(Kinds::CODE), &[], |seen| asks(seen, METADATA_CREDENTIALS)),
        weight: 78,
        techniques: &["T1552.005"],
        reason: "It asks the cloud's metadata service for the machine's credentials by hand; SDKs do that inside the program.",
        refuted_by: "A start-up script of yours that fetches its credentials so.",
        example: &[(
            "proc.cmdline",
            "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role",
        )],
        look_alike: &[("proc.cmdline", "curl -s http://169.254.169.254/latest/meta-data/instance-id")],
    },
    Indicator {
        id: "metadata-asked-by-hand",
        finds: Finds::Kind(Kinds::DOWNLOADS.or(Kinds::CODE), &[], |seen| {
            let host = parts![
                "169.254.169.254",
                "metadata.google.internal",
                "169.254.170.2",
                "100.100.100.200",
                "[fd00:ec2::254]"
            ];
            asks(seen, host) && seen.facts.in_container()
        }),
        weight: 30,
        techniques: &["T1552.005", "T1580"],
        reason: "It asks the cloud's metadata service from a container by hand: it tells where the machine runs and what it may do.",
        refuted_by: "A start-up script of the image that needs the region or the instance's id.",
        example: &[("container.id", "c1"), ("proc.cmdline", "wget -qO- http://169.254.169.254/latest/meta-data/")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "wget -qO- http://169.254.20.10/health")],
    },
    Indicator {
        id: "cluster-secrets-asked-by-hand",
        finds: Finds::Kind(Kinds::DOWNLOADS.or(Kinds::CODE), &[], |seen| {
            let carries = seen.is_download() || seen.code().is_some();
            carries
                && seen.may_hold(parts!["/api/v1/"])
                && any_text(seen, |text| {
                    text.contains("/api/v1/") && text.contains("/secrets") || text.ends_with("/api/v1/secrets")
                })
        }),
        weight: 78,
        techniques: &["T1552.007"],
        reason: "It asks the Kubernetes API for secrets with a plain HTTP client: stolen tokens are tried so.",
        refuted_by: "A start-up script of the image that is known to read this one secret.",
        example: &[("proc.cmdline", "curl -k -H Authorization: Bearer x https://10.96.0.1/api/v1/secrets")],
        look_alike: &[("proc.cmdline", "curl -k https://10.96.0.1/healthz")],
    },
    Indicator {
        id: "service-account-token-read",
        finds: Finds::Command(READERS, |seen| {
            let token = |text: &str| {
                text.contains("serviceaccount/token")
                    || text.contains("serviceaccount/..data/token")
                    || text.ends_with("/serviceaccount")
            };
            any_text(seen, token) && !matches!(seen.name, "ls" | "stat")
        }),
        weight: 50,
        techniques: &["T1528", "T1552.001"],
        reason: "It reads the pod's service-account token by hand: programs that use it read it themselves.",
        refuted_by: "A start-up script of the image that calls the API with it.",
        example: &[("proc.cmdline", "cat /var/run/secrets/kubernetes.io/serviceaccount/token")],
        look_alike: &[("proc.cmdline", "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace")],
    },
    Indicator {
        id: "bearer-token-on-command-line",
        finds: Finds::Command(&["curl", "wget"], |seen| {
            let header = seen.any_arg(|arg| arg.contains("Bearer"));
            header
                && any_text(seen, |text| {
                    text.contains("serviceaccount") || text.contains("kubernetes.default") || text.contains(":6443")
                })
        }),
        weight: 40,
        techniques: &["T1528"],
        reason: "A bearer token is sent to the Kubernetes API from a command line, as one does with a token that one has found.",
        refuted_by: "A script of yours that calls the API so.",
        example: &[(
            "proc.cmdline",
            "curl -H Authorization: Bearer eyJ --cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt https://kubernetes.default/api",
        )],
        look_alike: &[("proc.cmdline", "curl -H Authorization: Bearer eyJ https://api.shop.example/orders")],
    },
    Indicator {
        id: "credential-files-read-by-hand",
        finds: Finds::Command(READERS, |seen| stores(seen) == 1),
        weight: 45,
        techniques: &["T1552.001"],
        reason: "A general tool reads a file of credentials; the programs that own it read it themselves.",
        refuted_by: "An administrator who looked at the file, or a backup that copies it.",
        example: &[("proc.cmdline", "cat /root/.aws/credentials")],
        look_alike: &[("proc.cmdline", "cat /root/.aws/config")],
    },
    Indicator {
        id: "credential-files-collected",
        finds: Finds::Command(READERS, |seen| stores(seen) >= 2),
        weight: 75,
        techniques: &["T1552.001", "T1119"],
        reason: "One command collects several unrelated stores of credentials: nobody who maintains one of them needs the others.",
        refuted_by: "A backup of whole home directories that you run.",
        example: &[("proc.cmdline", "cat /root/.aws/credentials /root/.docker/config.json /root/.kube/config")],
        look_alike: &[("proc.cmdline", "cat /root/.kube/config /root/.kube/cache")],
    },
    Indicator {
        id: "password-hashes-worked-on",
        finds: Finds::Command(
            &[
                "unshadow", "john", "hashcat", "cp", "mv", "scp", "curl", "base64", "xxd", "tar", "zip", "gzip", "nc",
                "openssl", "od", "cat", "grep", "sudo",
            ],
            |seen| {
                let cracks = matches!(seen.name, "unshadow" | "john" | "hashcat");
                let handles = matches!(
                    seen.name,
                    "cp" | "mv" | "scp" | "curl" | "base64" | "xxd" | "tar" | "zip" | "gzip" | "nc" | "openssl" | "od"
                );
                let reads = any_text(seen, is_shadow) || seen.read().any(is_shadow);
                let shipped =
                    reads && matches!(seen.name, "cat" | "grep" | "sudo") && seen.feeds(|next| ships(next.family()));
                cracks || (handles && reads && !seen.has_arg(&["/etc/shadow-"])) || shipped
            },
        ),
        weight: 72,
        techniques: &["T1003.008"],
        reason: "The password hashes are copied, encoded or sent on, which only somebody does who wants to take them away.",
        refuted_by: "A backup or migration of accounts that you run.",
        example: &[("proc.cmdline", "sh -c cat /etc/shadow | base64 -w0")],
        look_alike: &[("proc.cmdline", "sh -c getent shadow root | cut -d: -f2")],
    },
    Indicator {
        id: "password-hashes-read-in-container",
        finds: Finds::Command(
            &["cat", "head", "tail", "more", "less", "strings", "awk", "sed", "grep", "cut", "tac", "nl"],
            |seen| seen.facts.in_container() && any_text(seen, is_shadow),
        ),
        weight: 40,
        techniques: &["T1003.008"],
        reason: "Somebody looks at the password hashes in a container, where nobody logs in by password.",
        refuted_by: "An image test or a compliance check that you run in containers.",
        example: &[("container.id", "c1"), ("proc.cmdline", "cat /etc/shadow")],
        look_alike: &[("container.id", "host"), ("proc.cmdline", "cat /etc/shadow")],
    },
    Indicator {
        id: "host-password-hashes",
        finds: Finds::Facts(|facts| {
            facts.file.paths.iter().find_map(|(field, path)| {
                let below = paths::below_host(path);
                let mounted = below.len() < path.len() || path.starts_with("/mnt/") || path.contains("/root/etc/");
                let secret = ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/kubernetes/admin.conf", "/.ssh/id_"];
                (facts.in_container() && mounted && secret.iter().any(|part| path.contains(part)))
                    .then(|| Hit::of(field, path))
                    .flatten()
            })
        }),
        weight: 72,
        techniques: &["T1003.008", "T1611"],
        reason: "A container reads the host's secrets through a mount of the host's file system.",
        refuted_by: "A node agent (compliance scanner, backup) whose image and mount you know.",
        example: &[("container.id", "c1"), ("fd.name", "/host/etc/shadow")],
        look_alike: &[("container.id", "c1"), ("fd.name", "/host/etc/os-release")],
    },
    Indicator {
        id: "directory-traversal",
        finds: Finds::Facts(|facts| {
            let raw = facts.get("fd.nameraw").or_else(|| facts.get("evt.arg.name"))?;
            let climbs = raw.matches("../").count() >= 2 || raw.contains("%2e%2e") || raw.contains("....//");
            let target = facts.file.path.unwrap_or(raw);
            let secret = holds_any(
                target,
                parts![
                    "/etc/shadow",
                    "/etc/passwd",
                    "/.ssh/",
                    "id_rsa",
                    "/etc/sudoers",
                    "/environ",
                    ".env",
                    "/etc/pam"
                ],
            );
            (climbs && secret).then(|| Hit::of("fd.nameraw", raw)).flatten()
        }),
        weight: 72,
        techniques: &["T1190", "T1083"],
        reason: "The path climbs out of its directory and ends at a file of secrets: what a traversal attack looks like in the kernel.",
        refuted_by: "A program that builds its paths so and reads this file by design.",
        example: &[("fd.nameraw", "/var/www/html/../../../etc/shadow"), ("fd.name", "/etc/shadow")],
        look_alike: &[("fd.nameraw", "/usr/lib/x/../../../etc/ssl/openssl.cnf"), ("fd.name", "/etc/ssl/openssl.cnf")],
    },
    Indicator {
        id: "database-command-execution",
        finds: Finds::Command(&["psql", "mysql", "mariadb", "redis-cli", "mongo", "mongosh"], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
            holds_any(
                &text,
                parts![
                    "from program",
                    "to program",
                    "sys_exec",
                    "sys_eval",
                    "into outfile",
                    "into dumpfile",
                    "system.exec",
                    "module load",
                ],
            ) || (text.contains("config set")
                && holds_any(&text, parts!["dir /", "dbfilename", "authorized_keys", "cron"]))
        }),
        weight: 78,
        techniques: &["T1190", "T1059"],
        reason: "The database is told to run programs or to write files of its server's: a way from data to the machine.",
        refuted_by: "A maintenance script of yours that loads or unloads data so.",
        example: &[("proc.cmdline", "redis-cli -h 10.0.0.5 config set dir /var/spool/cron/")],
        look_alike: &[("proc.cmdline", "redis-cli -h 10.0.0.5 config get maxmemory")],
    },
];

/// Tools that read whatever they are told to.
const READERS: &[&str] = &[
    "cat", "head", "tail", "less", "more", "strings", "base64", "xxd", "od", "cp", "mv", "tar", "zip", "curl", "wget",
    "scp", "rsync", "grep", "egrep", "awk", "sed", "cut", "tac", "nl", "nc", "openssl", "gzip", "tee", "dd", "python",
    "perl", "jq", "ls",
];

const METADATA_CREDENTIALS: &[Part<'_>] = parts![
    "/iam/security-credentials",
    "/metadata/identity/oauth2/token",
    "/service-accounts/default/token",
    "/ram/security-credentials",
    "169.254.170.2",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "/identity-credentials/ec2",
    "/service-accounts/default/identity",
    "/attributes/kube-env",
];

/// Whether a client that it is, or code that it runs, asks for one of these.
fn asks(seen: &Seen<'_, '_>, parts: &[Part<'_>]) -> bool {
    (seen.is_download() || seen.code().is_some())
        && seen.may_hold(parts)
        && any_text(seen, |text| holds_any(text, parts))
}

pub(super) fn any_text(seen: &Seen<'_, '_>, f: impl FnMut(&str) -> bool) -> bool {
    seen.args().chain(seen.read()).any(f)
}

fn is_shadow(text: &str) -> bool {
    if !["shadow", "shadow-", "passwd"].iter().any(|end| text.ends_with(end)) {
        return false;
    }
    let path = text.trim_start_matches('@').trim_start_matches("file=@");
    matches!(path, "/etc/shadow" | "/etc/gshadow" | "/etc/master.passwd" | "/etc/shadow-")
        || path.ends_with("/etc/shadow")
}

fn ships(name: &str) -> bool {
    matches!(name, "curl" | "nc" | "base64" | "xxd" | "openssl" | "wget" | "telnet" | "gzip" | "socat")
}

/// How many different stores of credentials its words name.
pub(super) fn stores(seen: &Seen<'_, '_>) -> usize {
    const STORES: &[&[Part<'_>]] = &[
        parts![".aws/credentials"],
        parts![".ssh/id_", "ssh_host_rsa_key", "ssh_host_ed25519_key"],
        parts![".docker/config.json", ".dockercfg"],
        parts![".kube/config", "kubernetes/admin.conf", "kubelet/kubeconfig", "k3s/k3s.yaml", "super-admin.conf"],
        parts![
            "gcloud/credentials.db",
            "gcloud/access_tokens.db",
            "application_default_credentials.json",
            "gcloud/legacy_credentials",
        ],
        parts![".azure/accessTokens.json", ".azure/msal_token_cache", "azureProfile.json"],
        parts![".git-credentials", ".netrc"],
        parts![".npmrc", ".pypirc", ".gem/credentials", ".cargo/credentials"],
        parts!["/etc/kubernetes/pki/", "kubelet/pki/kubelet-client"],
        parts![".vault-token", ".terraform.d/credentials", "rclone.conf", ".s3cfg", ".boto"],
        parts!["/etc/shadow"],
        parts![".bash_history", ".mysql_history", ".psql_history"],
        parts!["filezilla/sitemanager", ".pgpass", ".my.cnf"],
    ];
    if seen.name == "ls" {
        return 0;
    }
    STORES.iter().filter(|names| seen.may_hold(names) && any_text(seen, |text| has_any(text, names))).count()
}

/// Whether the alert's own file is one of secrets that any shell below a server should not touch.
pub(super) fn touches_secrets<'a>(facts: &Facts<'a>) -> Option<(&'static str, &'a str)> {
    facts
        .file
        .paths
        .iter()
        .find(|(_, path)| is_sensitive_target(path) && *path != "/" && *path != "/etc/passwd")
        .copied()
}
