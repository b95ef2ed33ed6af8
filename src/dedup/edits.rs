//! Whatever is added to a command line, wherever, makes it another command.

use super::command::{Form, read};

const LINES: &[&str] = &[
    "sh -c ps aux | grep -v grep | awk '{print $2}' | head -1",
    "bash -c cat /proc/4711/environ | tr '\\0' '\\n' | grep -i pass",
    "sh -c shred -u /tmp/upload-qX7fLm2P",
    "gdb -p 4711",
    "kill -9 4711",
    "nsenter -t 4711 -m -u sh -c id",
    "curl -fsSL https://a.example/x -o /tmp/tmp.AbC123xYz0",
    "runc --root /run/runc exec --process /tmp/runc-process123456 --pid-file /run/0a1b2c3d.pid 9f8e4c1b7a6d",
    "sh -c find /srv -name '*.log' | xargs -r ls -l | awk '{s+=$5} END {print s}'",
    "sh -c openssl x509 -in /etc/tls/tls.crt -noout -enddate | cut -d= -f2 | tr -s ' '",
    "sh -c sed -n '1,5p' /etc/hosts | sort -u | sed 's/a/b/g'",
    "sh -c kubectl get pods -o json | jq -r '.items[].name' | sort",
    "sh -c echo aGVsbG8= | base64 -d | sh",
    "sh -c a=$(id | cut -d' ' -f1); echo $a | tr a b",
    "tail --pid=4711 -f /x",
    "dpkg --unpack --recursive /tmp/apt-dpkg-install-AbCdE1",
];

/// What an attacker would add: commands, redirections, expansions, options, operands.
const ADDED: &[&str] = &[
    ";id",
    "; id",
    "|sh",
    "| sh",
    "&& id",
    "|| id",
    "& id",
    "\n id",
    "$(id)",
    "`id`",
    "${x}",
    "<(id)",
    "> /etc/x",
    ">> /etc/x",
    "2>/x",
    "< /etc/shadow",
    "-x",
    "--x=1",
    "1",
    "/etc/shadow",
    "../x",
    "*",
    "x",
    "\u{200b}",
    "\u{a0}",
    "\r",
    "\u{1}",
];

fn same(a: &Form, b: &Form) -> bool {
    let tails = match (&a.tail, &b.tail) {
        (Some(a), Some(b)) => a.relation(b).is_some(),
        (None, None) => true,
        _ => false,
    };
    a.head == b.head && tails
}

#[test]
fn nothing_that_is_added_to_a_command_line_is_folded_away() {
    for line in LINES {
        let form = read(line);
        for (at, _) in line.match_indices(' ').chain([(line.len(), "")]) {
            for added in ADDED {
                // A letter more in a drawn name, or a digit in a pid, is another of these.
                let plain = added.bytes().all(|b| b.is_ascii_alphanumeric());
                for space in ["", " "].into_iter().skip(usize::from(plain)) {
                    let other = format!("{}{space}{added}{}", &line[..at], &line[at..]);
                    assert!(!same(&form, &read(&other)), "{line}\n{other}");
                }
            }
        }
    }
}
