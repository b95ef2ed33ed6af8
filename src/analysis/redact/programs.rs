//! Programs that take a password as a short option or by place, where no name tells it: `mysql -pX`, `curl -u a:X`.

use super::{Sample, names, unquoted, words};
use crate::analysis::paths::base_name;
use std::ops::Range;

/// How a program takes its secret.
#[derive(Debug, Clone, Copy)]
enum Takes {
    /// In the same word: `-pX`.
    Attached(&'static str),
    /// In the next word, or in the same: `-p X`, `-pX`. The option may end a cluster: `-rp X`.
    Next(&'static str),
    /// In the next word only, once this word was seen (any, where it is empty): `docker login -p X`.
    NextAfter(&'static str, &'static str),
    /// `user:X` in the next word or the same: what stands behind the separator.
    Behind(&'static str, char),
    /// The nth operand after the program (1 is the first), once an option of these letters, or this word, was seen.
    Operand(&'static str, usize),
    /// What the program before it in the pipeline printed.
    Piped,
}

/// One row: programs, how they take a secret, and tests.
struct Row {
    programs: &'static [&'static str],
    takes: &'static [Takes],
    sample: Sample,
}

const fn row(
    programs: &'static [&'static str],
    takes: &'static [Takes],
    reason: &'static str,
    found: (&'static str, &'static str),
    untouched: &'static str,
) -> Row {
    Row { programs, takes, sample: Sample { reason, found, untouched } }
}

const ROWS: &[Row] = &[
    row(
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mysqlcheck",
            "mysqlimport",
            "mysqlshow",
            "xtrabackup",
            "mariabackup",
            "mydumper",
            "mysqlsh",
            "mysqlbinlog",
        ],
        &[Takes::Attached("-p")],
        "the password of a MySQL client",
        ("mysqldump -u root -phunter2 shop", "mysqldump -u root -p[redacted] shop"),
        "mysqldump -u root -p shop --port=3306",
    ),
    row(
        &["sshpass"],
        &[Takes::Next("-p")],
        "the password that sshpass types",
        ("sshpass -p hunter2 ssh -p 22 a@b", "sshpass -p [redacted] ssh -p 22 a@b"),
        "sshpass -f /run/pw ssh -p 22 a@b",
    ),
    row(
        &["redis-cli", "valkey-cli", "keydb-cli"],
        &[Takes::Next("-a"), Takes::Next("--pass"), Takes::Operand("auth", 1), Takes::Operand("AUTH", 1)],
        "the password of a Redis client",
        ("redis-cli -h r -a hunter2 ping", "redis-cli -h r -a [redacted] ping"),
        "redis-cli -h r -n 2 ping",
    ),
    row(
        &["curl"],
        &[
            Takes::Behind("-u", ':'),
            Takes::Behind("--user", ':'),
            Takes::Behind("-U", ':'),
            Takes::Behind("--proxy-user", ':'),
            Takes::Behind("--oauth2-bearer", '\0'),
        ],
        "the password that curl sends",
        ("curl -s -u admin:hunter2 http://x", "curl -s -u admin:[redacted] http://x"),
        "curl -s -u admin http://x:8080 -A a:b",
    ),
    row(
        &[
            "docker", "podman", "nerdctl", "helm", "skopeo", "buildah", "oras", "crane", "az", "oc", "argocd",
            "regctl", "vault", "faas-cli",
        ],
        &[Takes::NextAfter("-p", "login"), Takes::NextAfter("--password", "login")],
        "the password of a log-in",
        ("docker login -u ci -p hunter2 registry.example", "docker login -u ci -p [redacted] registry.example"),
        "docker run -p 8080:80 nginx",
    ),
    row(
        &["htpasswd"],
        &[Takes::Operand("nb", 2), Takes::Operand("b", 3)],
        "the password that htpasswd stores",
        ("htpasswd -b /etc/nginx/.htpasswd admin hunter2", "htpasswd -b /etc/nginx/.htpasswd admin [redacted]"),
        "htpasswd -c /etc/nginx/.htpasswd admin",
    ),
    row(
        &["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldappasswd", "ldapwhoami"],
        &[Takes::Next("-w")],
        "the password of an LDAP client",
        ("ldapsearch -x -D cn=a -w hunter2 -b dc=x", "ldapsearch -x -D cn=a -w [redacted] -b dc=x"),
        "ldapsearch -x -D cn=a -W -b dc=x",
    ),
    row(
        &["smbclient", "rpcclient", "smbmap", "winexe", "smbget"],
        &[Takes::Behind("-U", '%'), Takes::Behind("--user", '%')],
        "the password of a Windows share's client",
        ("smbclient //h/s -U adm%hunter2", "smbclient //h/s -U adm%[redacted]"),
        "smbclient //h/s -U adm",
    ),
    row(
        &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "mongostat",
            "mongotop",
            "cqlsh",
            "nodetool",
            "couchbase-cli",
            "cbq",
            "hydra",
            "medusa",
            "crackmapexec",
            "netexec",
            "nxc",
            "evil-winrm",
            "impacket",
        ],
        &[Takes::Next("-p"), Takes::Next("-pw")],
        "the password of a database or remote client",
        ("mongosh -u root -p hunter2 --eval x", "mongosh -u root -p [redacted] --eval x"),
        "mongosh -u root --port 27017 --eval x",
    ),
    row(
        &["sqlcmd", "bcp", "isql", "tsql", "mosquitto_pub", "mosquitto_sub", "ipmitool", "unzip", "zip"],
        &[Takes::Next("-P")],
        "the password of a client that takes it as -P",
        ("sqlcmd -S db -U sa -P hunter2 -Q x", "sqlcmd -S db -U sa -P [redacted] -Q x"),
        "sqlcmd -S db -U sa -p -Q x",
    ),
    row(
        &["openssl"],
        &[Takes::NextAfter("-k", ""), Takes::NextAfter("-K", "")],
        "a pass phrase or key that openssl encrypts with",
        ("openssl enc -aes-256-cbc -k hunter2 -in x", "openssl enc -aes-256-cbc -k [redacted] -in x"),
        "openssl req -newkey rsa:2048 -keyout x.pem -key y.pem",
    ),
    row(
        &["7z", "7za", "7zz", "rar", "unrar"],
        &[Takes::Attached("-p"), Takes::Attached("-hp")],
        "the password of an archive",
        ("7z a -phunter2 x.7z /srv", "7z a -p[redacted] x.7z /srv"),
        "7z a -mx=9 x.7z /srv",
    ),
    row(
        &["useradd", "usermod", "groupadd"],
        &[Takes::Next("-p")],
        "a password's hash for a new account",
        ("useradd -m -p saAbCdEfGhIjK bob", "useradd -m -p [redacted] bob"),
        "useradd -m -s /bin/sh bob",
    ),
    row(
        &["rabbitmqctl"],
        &[Takes::Operand("add_user", 2), Takes::Operand("change_password", 2), Takes::Operand("authenticate_user", 2)],
        "the password of a message broker's user",
        ("rabbitmqctl add_user app hunter2", "rabbitmqctl add_user app [redacted]"),
        "rabbitmqctl list_users app hunter2",
    ),
    row(
        &["snmpwalk", "snmpget", "snmpbulkwalk", "snmpset", "onesixtyone"],
        &[Takes::Next("-c"), Takes::Next("-A"), Takes::Next("-X")],
        "an SNMP community or pass phrase",
        ("snmpwalk -v2c -c s3cr3t 10.0.0.1", "snmpwalk -v2c -c [redacted] 10.0.0.1"),
        "snmpwalk -v2c 10.0.0.1",
    ),
    row(
        &["mc", "mcli"],
        &[Takes::Operand("set", 4), Takes::Operand("add", 4)],
        "the secret key of an object store, given by place",
        ("mc alias set s3 http://x key hunter2", "mc alias set s3 http://x key [redacted]"),
        "mc alias set s3 http://x key",
    ),
    row(
        &["sqlplus", "expdp", "impdp", "rman"],
        &[Takes::Behind("", '/')],
        "the password of an Oracle client",
        ("sqlplus scott/tiger@orcl", "sqlplus scott/[redacted]@orcl"),
        "sqlplus scott@orcl @/srv/run.sql",
    ),
    row(
        &["wpa_passphrase"],
        &[Takes::Operand("", 2)],
        "a secret that is given by place",
        ("wpa_passphrase net hunter2", "wpa_passphrase net [redacted]"),
        "wpa_passphrase net",
    ),
    row(
        &["lftp", "ncftpput", "ncftpget", "wget"],
        &[Takes::Behind("-u", ','), Takes::Next("--http-password"), Takes::Next("--ftp-password")],
        "the password of a file transfer",
        ("lftp -u bob,hunter2 ftp.example", "lftp -u bob,[redacted] ftp.example"),
        "lftp -u bob ftp.example",
    ),
    row(
        &["nmcli", "smbpasswd", "iwctl"],
        &[Takes::Operand("password", 1)],
        "the password of a network",
        ("nmcli dev wifi connect net password hunter2", "nmcli dev wifi connect net password [redacted]"),
        "nmcli dev wifi list",
    ),
    row(
        &["chpasswd", "passwd", "sudo", "cryptsetup", "docker", "podman", "helm", "smbpasswd", "su"],
        &[Takes::Piped],
        "a password that is piped into the program that asks for it",
        ("echo root:hunter2 | chpasswd", "echo [redacted] | chpasswd"),
        "echo hello | sudo tee /etc/motd",
    ),
];

/// What was seen of the command that is being read.
#[derive(Default)]
struct Reading {
    /// Rows of its program.
    rows: Vec<&'static Row>,
    /// Its words so far, the program aside.
    seen: Vec<Range<usize>>,
    /// What the command before it in the pipeline printed.
    printed: Option<Range<usize>>,
    prints: bool,
    /// The next word is a secret, or what stands behind this separator is.
    wanted: Option<char>,
}

/// Words of one command that are remembered.
const MAX_SEEN: usize = 64;

/// Finds secrets by the program that takes them. `program` is the one whose arguments the text is, if it is that.
pub(super) fn find(program: &str, text: &str, secrets: &mut Vec<Range<usize>>) {
    let mut reading = Reading::default();
    reading.start(base_name(program));
    for range in words(text) {
        let inner = unquoted(text, range.clone());
        let word = &text[inner.clone()];
        if names::is_operator(&text[range.clone()]) {
            let printed = if reading.prints { reading.printed_so_far(text) } else { None };
            reading = Reading { printed: printed.filter(|_| word == "|"), ..Reading::default() };
            continue;
        }
        reading.secret_in(text, &inner, secrets);
        if asks(word) && reading.is_at_program(text) {
            secrets.extend(reading.printed.take());
        }
        // `command=mysql` in an output, `/usr/bin/mysql` in a command line.
        let name = base_name(word.rsplit('=').next().unwrap_or(word));
        if !word.starts_with('-') && is_program(name) {
            reading.start(name);
        } else if reading.seen.len() < MAX_SEEN {
            reading.seen.push(inner.clone());
        } else if let Some(last) = reading.seen.last_mut() {
            last.end = last.end.max(inner.end);
        }
        if text[range].ends_with(';') {
            reading = Reading::default();
        }
    }
}

/// Whether a program of this name reads a password from whatever is piped into it.
fn asks(word: &str) -> bool {
    matches!(base_name(word), "chpasswd" | "passwd" | "smbpasswd")
}

fn is_program(name: &str) -> bool {
    matches!(name, "echo" | "printf" | "ssh" | "scp" | "sftp" | "rsync")
        || ROWS.iter().any(|row| row.programs.contains(&name))
}

impl Reading {
    fn start(&mut self, name: &str) {
        let printed = self.printed.take();
        *self = Self { printed, prints: matches!(name, "echo" | "printf"), ..Self::default() };
        self.rows = ROWS.iter().filter(|row| row.programs.contains(&name)).collect();
    }

    /// Whether the next word is the program: nothing but options of another one that starts it was before it.
    fn is_at_program(&self, text: &str) -> bool {
        self.seen.iter().all(|range| text[range.clone()].starts_with('-'))
    }

    fn printed_so_far(&self, text: &str) -> Option<Range<usize>> {
        let is_option = |range: &&Range<usize>| matches!(&text[(*range).clone()], "-n" | "-e" | "-ne" | "-en" | "-E");
        Some(self.seen.iter().find(|range| !is_option(range))?.start..self.seen.last()?.end)
    }

    fn secret_in(&mut self, text: &str, inner: &Range<usize>, secrets: &mut Vec<Range<usize>>) {
        let word = &text[inner.clone()];
        if let Some(separator) = self.wanted.take()
            && !word.is_empty()
        {
            if separator == '\0' {
                if !word.starts_with('-') {
                    secrets.push(inner.clone());
                }
            } else if let Some(at) = word.find(separator) {
                secrets.push(inner.start + at + separator.len_utf8()..inner.end);
            }
            return;
        }
        let rows = std::mem::take(&mut self.rows);
        for takes in rows.iter().flat_map(|row| row.takes) {
            self.apply(*takes, text, word, inner, secrets);
        }
        self.rows = rows;
    }

    fn apply(&mut self, takes: Takes, text: &str, word: &str, inner: &Range<usize>, secrets: &mut Vec<Range<usize>>) {
        let has_seen = |wanted: &str| wanted.is_empty() || self.seen.iter().any(|range| &text[range.clone()] == wanted);
        let mut attached = |option: &str, separator: char| {
            let Some(rest) = word.strip_prefix(option).filter(|rest| !rest.is_empty() && !option.starts_with("--"))
            else {
                return;
            };
            let start = inner.end - rest.len();
            match (separator, rest.find(separator)) {
                ('\0', _) => secrets.push(start..inner.end),
                (_, Some(at)) => secrets.push(start + at + separator.len_utf8()..inner.end),
                _ => {}
            }
        };
        match takes {
            Takes::Attached(option) => attached(option, '\0'),
            Takes::Next(option) if word == option || ends_cluster(word, option) => self.wanted = Some('\0'),
            Takes::Next(option) if option.len() == 2 => attached(option, '\0'),
            Takes::NextAfter(option, after) if word == option && has_seen(after) => self.wanted = Some('\0'),
            Takes::Behind("", separator) => {
                if let Some(at) =
                    word.find(separator).filter(|at| *at > 0 && !word.starts_with('-') && word.contains('@'))
                {
                    secrets.push(inner.start + at + 1..word.rfind('@').map_or(inner.end, |host| inner.start + host));
                }
            }
            Takes::Behind(option, separator) if word == option || ends_cluster(word, option) => {
                self.wanted = Some(separator);
            }
            Takes::Behind(option, separator) => attached(option, separator),
            Takes::Operand(after, place) if !word.starts_with('-') && self.is_operand(text, after, place) => {
                secrets.push(inner.clone());
            }
            Takes::Piped if matches!(word, "--stdin" | "-S" | "--password-stdin" | "-") => {
                secrets.extend(self.printed.take());
            }
            _ => {}
        }
    }

    /// Whether the word now read is the wanted operand: the nth after `after`, which is a word or option letters.
    fn is_operand(&self, text: &str, after: &str, place: usize) -> bool {
        let words: Vec<&str> = self.seen.iter().map(|range| &text[range.clone()]).collect();
        let operands = |from: usize| words[from..].iter().filter(|word| !word.starts_with('-')).count();
        if after.is_empty() {
            return operands(0) + 1 == place;
        }
        let is_letters = after.len() <= 2;
        words
            .iter()
            .position(|word| {
                if is_letters {
                    word.starts_with('-') && !word.starts_with("--") && after.chars().all(|c| word.contains(c))
                } else {
                    *word == after
                }
            })
            .is_some_and(|at| operands(at + 1) + 1 == place)
    }
}

/// Whether the word is a cluster of short options that ends in this one: `-su` for `-u`. One that begins with it has its
/// value attached: `-pTop`.
fn ends_cluster(word: &str, option: &str) -> bool {
    let (Some(letters), Some(letter)) = (word.strip_prefix('-'), option.strip_prefix('-')) else { return false };
    let is_last = letters.ends_with(letter) && !letters.starts_with(letter);
    letter.len() == 1 && is_last && letters.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The samples of every row.
pub(super) fn samples() -> Vec<Sample> {
    ROWS.iter().map(|row| row.sample).collect()
}
