//! What programs do with their plain operands, and which of their options name files: data.

use super::ast::Command;
use super::roles::Role;

/// What a program does with its plain operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Reads all.
    Reads,
    /// Changes all.
    Writes,
    /// Reads all but the last, which it writes.
    LastWritten,
    /// The first is a mode, an owner or a pattern, the others get changed.
    WritesAfterFirst,
    /// The first is a pattern, the others are read.
    ReadsAfterFirst,
    /// The first is run.
    RunsFirst,
    /// Hosts.
    Hosts,
    /// By look alone.
    Look,
}

pub(super) fn use_of(command: &Command, role: Role) -> Use {
    match command.family() {
        "cp" | "install" | "ln" | "link" | "scp" | "rsync" | "sftp" => Use::LastWritten,
        "mv" | "rename" | "rm" | "rmdir" | "mkdir" | "touch" | "tee" | "truncate" | "shred" | "wipe" | "srm"
        | "unlink" | "mkfifo" | "mknod" | "fallocate" | "vi" | "vim" | "nano" | "ed" | "ex" | "sponge" | "mkfs" => {
            Use::Writes
        }
        "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" | "setcap" | "chcon" => Use::WritesAfterFirst,
        "sed" if role == Role::FileChange => Use::WritesAfterFirst,
        "sed" | "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "jq" | "yq" => Use::ReadsAfterFirst,
        "cat" | "less" | "more" | "head" | "tail" | "sort" | "uniq" | "wc" | "cut" | "strings" | "od" | "hexdump"
        | "xxd" | "base64" | "base32" | "find" | "ls" | "stat" | "file" | "du" | "diff" | "cmp" | "insmod"
        | "md5sum" | "sha1sum" | "sha256sum" | "nl" | "tac" | "rev" | "readelf" | "objdump" | "tar" | "zip"
        | "gzip" => Use::Reads,
        "source" | "." | "perl" | "python" | "ruby" | "php" | "node" | "lua" => Use::RunsFirst,
        _ => match role {
            Role::Shell => Use::RunsFirst,
            Role::NetworkClient
            | Role::Probe
            | Role::RemoteLogin
            | Role::Tunnel
            | Role::Scanner
            | Role::Download
            | Role::Upload => Use::Hosts,
            _ => Use::Look,
        },
    }
}

/// Options whose value, in the next word or attached, is a file that gets written.
pub(super) fn writes_to(family: &str, option: &str) -> bool {
    match family {
        "curl" => matches!(
            option,
            "-o" | "--output" | "--output-dir" | "-D" | "--dump-header" | "-c" | "--cookie-jar" | "--trace"
        ),
        "wget" => {
            matches!(option, "-O" | "--output-document" | "-P" | "--directory-prefix" | "-o" | "--output-file" | "-a")
        }
        "gcc" | "g++" | "clang" | "clang++" | "cc" | "ld" | "go" | "rustc" | "sort" | "strace" | "aria2c" | "zmap"
        | "masscan" => {
            matches!(option, "-o" | "--output")
        }
        "tar" | "unzip" | "bsdtar" => matches!(option, "-C" | "--directory" | "-d"),
        "openssl" => option == "-out",
        "tcpdump" | "tshark" => option == "-w",
        "gpg" => matches!(option, "-o" | "--output"),
        "cp" | "mv" | "install" | "ln" => matches!(option, "-t" | "--target-directory"),
        _ => false,
    }
}

/// Options whose value in the next word is neither a file nor a host.
pub(super) fn takes_word(family: &str, option: &str) -> bool {
    match family {
        "curl" => matches!(
            option,
            "-H" | "--header"
                | "-X"
                | "--request"
                | "-A"
                | "--user-agent"
                | "-u"
                | "--user"
                | "-m"
                | "--max-time"
                | "--connect-timeout"
                | "--retry"
                | "-w"
                | "--write-out"
                | "-e"
                | "--referer"
                | "--data"
                | "-d"
                | "-b"
                | "--retry-delay"
                | "--data-raw"
                | "--data-binary"
                | "-r"
                | "--range"
                | "-F"
                | "--form"
                | "--limit-rate"
        ),
        "wget" => matches!(option, "--header" | "-t" | "-T" | "-U" | "--user-agent" | "--timeout" | "--tries" | "-e"),
        "nc" => matches!(option, "-e" | "-c" | "-p" | "-w" | "-q" | "-i" | "-s" | "-X"),
        "ssh" | "scp" | "sftp" => {
            matches!(option, "-p" | "-P" | "-i" | "-o" | "-l" | "-F" | "-L" | "-R" | "-D" | "-b" | "-c" | "-J")
        }
        "ping" | "ping6" => matches!(option, "-c" | "-W" | "-i" | "-w" | "-s" | "-I" | "-t"),
        "perl" | "python" | "ruby" | "node" | "php" => matches!(option, "-m" | "-W" | "-X" | "-r" | "-d" | "-I"),
        "head" | "tail" | "cut" | "sort" => matches!(option, "-n" | "-c" | "-d" | "-f" | "-k" | "-t"),
        "install" => matches!(option, "-m" | "-o" | "-g"),
        "grep" | "egrep" | "fgrep" => matches!(option, "-e" | "-m" | "-A" | "-B" | "-C"),
        "find" => matches!(option, "-name" | "-iname" | "-type" | "-mtime" | "-perm" | "-size" | "-user" | "-maxdepth"),
        "touch" => matches!(option, "-t" | "-d"),
        "truncate" => matches!(option, "-s"),
        "mount" => matches!(option, "-t" | "-o"),
        "nmap" | "masscan" | "zmap" => matches!(option, "-p" | "--rate" | "-T"),
        _ => false,
    }
}

/// The output file of a cluster of a downloader's options: `-qO-`, `-fsSLo x`, `-so/tmp/x`. Empty
/// where it is the next word.
pub(super) fn cluster_output<'a>(family: &str, text: &'a str) -> Option<&'a str> {
    let letter = match family {
        "curl" => 'o',
        "wget" => 'O',
        _ => return None,
    };
    let cluster = text.strip_prefix('-').filter(|cluster| !cluster.starts_with('-'))?;
    let at = cluster.find(letter)?;
    cluster[..at].bytes().all(|b| b.is_ascii_alphabetic()).then(|| &cluster[at + 1..])
}
