//! Destruction and ransom.

use super::kinds::Kinds;
use super::seen::Seen;
use super::words::{holds_any, parts};
use super::{Finds, Indicator};
use crate::cmdline::{NestedKind, Redirect};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "everything-deleted",
        finds: Finds::Command(&["rm", "find"], |seen| {
            let top = |arg: &str| {
                matches!(
                    arg.trim_end_matches('*').trim_end_matches('/'),
                    "" | "/home"
                        | "/etc"
                        | "/var"
                        | "/usr"
                        | "/boot"
                        | "/bin"
                        | "/lib"
                        | "/root"
                        | "/srv"
                        | "/opt"
                        | "/var/lib"
                        | "/var/lib/mysql"
                        | "/var/lib/postgresql"
                        | "/var/lib/docker"
                        | "/mnt"
                        | "/data"
                        | "/backup"
                        | "/backups"
                ) && arg.starts_with('/')
            };
            match seen.name {
                "rm" => {
                    (seen.command.has_option('r', "recursive") || seen.command.has_option('R', ""))
                        && (seen.operands().any(top) || seen.has_arg(&["--no-preserve-root"]))
                }
                _ => {
                    seen.has_arg(&["-delete"])
                        && seen.operands().next().is_some_and(top)
                        && seen.operands().count() <= 1
                }
            }
        }),
        weight: 75,
        techniques: &["T1485"],
        reason: "A whole top-level directory is deleted.",
        refuted_by: "The tear-down of a machine that nobody needs any more.",
        example: &[("proc.cmdline", "rm -rf --no-preserve-root /")],
        look_alike: &[("proc.cmdline", "rm -rf /var/lib/apt/lists/*")],
    },
    Indicator {
        id: "disk-overwritten",
        finds: Finds::Command(&["dd", "shred", "wipefs", "blkdiscard", "wipe", "cat", "echo", "yes"], |seen| {
            let disk = |arg: &str| {
                arg.strip_prefix("/dev/").is_some_and(|name| {
                    ["sd", "vd", "xvd", "nvme", "hd", "mmcblk", "mapper/"].iter().any(|start| name.starts_with(start))
                })
            };
            match seen.name {
                "dd" => {
                    seen.any_arg(|arg| arg.strip_prefix("of=").is_some_and(disk))
                        && seen.holds_any(parts!["if=/dev/zero", "if=/dev/urandom", "if=/dev/random"])
                }
                "shred" | "wipefs" | "blkdiscard" | "wipe" => {
                    seen.operands().any(disk) && (seen.name != "wipefs" || seen.command.has_option('a', "all"))
                }
                _ => seen.written().any(disk),
            }
        }),
        weight: 72,
        techniques: &["T1561.001", "T1485"],
        reason: "A disk is overwritten as a whole.",
        refuted_by: "A storage operator or an administrator who retires or prepares this disk at this time.",
        example: &[("proc.cmdline", "dd if=/dev/zero of=/dev/sda bs=1M")],
        look_alike: &[("proc.cmdline", "dd if=/dev/zero of=/swapfile bs=1M count=1024")],
    },
    Indicator {
        id: "files-shredded",
        finds: Finds::Command(&["shred", "srm", "wipe", "find", "xargs"], |seen| match seen.name {
            "find" | "xargs" => seen.nested(&[NestedKind::Exec], |c| matches!(c.family(), "shred" | "srm" | "wipe")),
            _ => seen.operands().count() > 8 || seen.any_arg(|arg| arg.contains("/*")),
        }),
        weight: 70,
        techniques: &["T1485"],
        reason: "Many files are overwritten so that nobody can restore them.",
        refuted_by: "A data-protection job of yours that destroys these files.",
        example: &[("proc.cmdline", "sh -c find /srv -type f -exec shred -u {} ;")],
        look_alike: &[("proc.cmdline", "shred -u /tmp/key.pem")],
    },
    Indicator {
        id: "files-encrypted-one-after-another",
        finds: Finds::Command(&["openssl", "gpg", "7z", "zip", "ccrypt", "age"], |seen| {
            let looped = matches!(seen.visit.within, Some(NestedKind::Body | NestedKind::Exec));
            let encrypts = match seen.name {
                "openssl" => {
                    seen.has_arg(&["enc", "-aes-256-cbc", "-aes256", "rsautl", "pkeyutl"]) && !seen.has_arg(&["-d"])
                }
                "gpg" => seen.has_arg(&["-c", "--symmetric", "-e", "--encrypt"]),
                "7z" | "zip" => seen.any_arg(|arg| (arg.starts_with("-p") || arg.starts_with("-P")) && arg.len() > 1),
                _ => true,
            };
            looped && encrypts
        }),
        weight: 76,
        techniques: &["T1486"],
        reason: "Files are encrypted one after another by a script, as ransomware without a program of its own does.",
        refuted_by: "A backup job of yours that encrypts its files so.",
        example: &[(
            "proc.cmdline",
            "sh -c for f in $(find /srv -type f); do openssl enc -aes-256-cbc -in $f -out $f.locked -pass pass:x; rm $f; done",
        )],
        look_alike: &[(
            "proc.cmdline",
            "sh -c tar cz /srv | openssl enc -aes-256-cbc -out /backup/x.enc -pass file:/etc/k",
        )],
    },
    Indicator {
        id: "ransom-note",
        finds: Finds::Command(&[], |seen| {
            let notes = parts![
                "README_FOR_DECRYPT",
                "HOW_TO_DECRYPT",
                "DECRYPT_INSTRUCTIONS",
                "RECOVER_FILES",
                "RESTORE_FILES",
                "RANSOM_NOTE",
                "READ_ME_TO_RECOVER",
                "README_TO_RECOVER",
                "YOUR_FILES_ARE_ENCRYPTED",
                "your files have been encrypted",
                "your database has been",
            ];
            let note = |text: &str| holds_any(text, notes);
            seen.may_hold(notes) && (seen.any_arg(note) || seen.written().any(note))
        }),
        weight: 85,
        techniques: &["T1486", "T1491"],
        reason: "A note is left that tells how to get the data back for money.",
        refuted_by: "A security exercise that is announced.",
        example: &[("proc.cmdline", "sh -c echo pay > /srv/HOW_TO_DECRYPT.txt")],
        look_alike: &[("proc.cmdline", "sh -c echo ok > /srv/README.txt")],
    },
    Indicator {
        id: "fork-bomb",
        finds: Finds::Command(&[], |seen| {
            let text = seen.facts.process.program.cmdline.unwrap_or("");
            seen.visit.depth == 0 && text.contains('{') && text.replace(' ', "").contains(":(){:|:&};:")
        }),
        weight: 78,
        techniques: &["T1499"],
        reason: "The line is a fork bomb: it starts itself until the machine stands still.",
        refuted_by: "A test of limits that is announced.",
        example: &[("proc.cmdline", "bash -c :(){ :|:& };:")],
        look_alike: &[("proc.cmdline", "bash -c f(){ echo x; }; f")],
    },
    Indicator {
        id: "machine-halted-by-request-file",
        finds: Finds::Kind(Kinds::REDIRECTS, &["tee"], |seen| {
            seen.command.redirections.iter().any(|r| {
                matches!(r.kind, Redirect::Write | Redirect::Append) && r.target.text.ends_with("sysrq-trigger")
            }) || (seen.name == "tee" && seen.any_arg(|arg| arg.ends_with("sysrq-trigger")))
        }),
        weight: 60,
        techniques: &["T1529"],
        reason: "The kernel is told to reboot or crash at once.",
        refuted_by: "A fencing agent or a chaos test of yours.",
        example: &[("proc.cmdline", "sh -c echo b > /proc/sysrq-trigger")],
        look_alike: &[("proc.cmdline", "cat /proc/sys/kernel/sysrq")],
    },
    Indicator {
        id: "databases-dropped",
        finds: Finds::Command(&["mysql", "mariadb", "psql", "mongo", "mongosh", "redis-cli", "curl"], |seen| {
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let curl = seen.name == "curl"
                && seen.has_arg(&["DELETE", "-XDELETE"])
                && holds_any(&text, parts![":9200/_all", ":9200/*"]);
            curl || (seen.name != "curl"
                && holds_any(&text, parts!["drop database", "dropdatabase", "flushall"])
                && !is_test(seen))
        }),
        weight: 45,
        techniques: &["T1485"],
        reason: "Whole databases are deleted.",
        refuted_by: "A migration or a test set-up of yours.",
        example: &[("proc.cmdline", "mysql -e DROP DATABASE shop")],
        look_alike: &[("proc.cmdline", "mysql -e DROP DATABASE shop_test")],
    },
    Indicator {
        id: "workloads-deleted-wholesale",
        finds: Finds::Command(&["kubectl", "docker"], |seen| match seen.name {
            "kubectl" => seen.has_arg(&["delete"]) && seen.has_arg(&["--all", "-A", "--all-namespaces"]),
            _ => {
                seen.has_arg(&["rm", "stop", "kill"])
                    && seen.nested(&[NestedKind::Substitution], |c| c.family() == "docker" && c.has_arg("ps"))
            }
        }),
        weight: 45,
        techniques: &["T1489", "T1485"],
        reason: "All workloads of a place are deleted at once.",
        refuted_by: "The tear-down of a test environment of yours.",
        example: &[("proc.cmdline", "sh -c docker rm -f $(docker ps -aq)")],
        look_alike: &[("proc.cmdline", "docker rm -f build-17")],
    },
];

fn is_test(seen: &Seen<'_, '_>) -> bool {
    seen.holds_any(parts!["test", "tmp", "ci_"])
}
