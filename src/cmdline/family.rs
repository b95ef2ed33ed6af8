//! Names of programs: base names, shells, and families of interpreters with versions.

/// What follows the last `/`, without the `-` of a login shell. Names that are no paths stay
/// whole: kernel threads (`[kworker/0:0]`) and substitutions.
pub fn base_name(path: &str) -> &str {
    let bytes = path.as_bytes();
    let substituted = |at: usize| bytes[at] == b'`' || (bytes[at] == b'$' && bytes.get(at + 1) == Some(&b'('));
    if bytes.first() == Some(&b'[') || (0..bytes.len()).any(substituted) {
        return path;
    }
    let end = bytes.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    let begin = bytes[..end].iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    let name = &path[begin..end];
    match name.strip_prefix('-') {
        Some(rest) if is_shell(rest) => rest,
        _ => name,
    }
}

/// Whether a base name is that of a shell that takes POSIX-like text with `-c`.
pub fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "$0" | "$BASH"
            | "$SHELL"
            | "${BASH}"
            | "${SHELL}"
            | "ash"
            | "bash"
            | "bash-static"
            | "csh"
            | "dash"
            | "fish"
            | "hush"
            | "ksh"
            | "ksh93"
            | "lksh"
            | "mksh"
            | "pdksh"
            | "posh"
            | "rbash"
            | "rksh"
            | "rzsh"
            | "sh"
            | "static-sh"
            | "tcsh"
            | "yash"
            | "zsh"
            | "zsh-static"
    )
}

/// What a program with another name is.
fn same(name: &str) -> &str {
    match name {
        ".runc" => "runc",
        "gawk" | "mawk" | "nawk" | "original-awk" => "awk",
        "luajit" => "lua",
        "nc.openbsd" | "nc.traditional" | "ncat" | "netcat" => "nc",
        "nodejs" => "node",
        "pypy" => "python",
        "vim.basic" | "vim.tiny" => "vim",
        _ => name,
    }
}

/// Whether versions are a part of this program's names.
fn is_versioned(name: &str) -> bool {
    matches!(
        name,
        "bash"
            | "clang"
            | "clang++"
            | "cpp"
            | "g++"
            | "gawk"
            | "gcc"
            | "jruby"
            | "ksh"
            | "lua"
            | "luajit"
            | "node"
            | "nodejs"
            | "perl"
            | "php"
            | "pip"
            | "pypy"
            | "python"
            | "ruby"
            | "tclsh"
            | "wish"
            | "zsh"
    )
}

/// The family of a base name: without version (`python3.11` is `python`), without what a
/// distribution or a build added (`nc.openbsd`, `busybox-i686`, `x86_64-linux-gnu-gcc-12`).
/// A name of no known family is its own.
pub fn program_family(name: &str) -> &str {
    if name.starts_with("busybox") || name.starts_with("toybox") {
        return &name[..if name.starts_with('b') { 7 } else { 6 }];
    }
    // What runc calls its children while a container starts.
    if name.starts_with("runc:[") {
        return &name[..4];
    }
    let cross = name.len() > "-linux-gnu-".len() && name.contains("-linux-gnu-");
    let stem = if cross { name.rsplit_once("-linux-gnu-").map_or(name, |(_, tool)| tool) } else { name };
    let version = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let bare = &stem[..stem.as_bytes().iter().rposition(|b| !version(b)).map_or(0, |at| at + 1)];
    let stem = if bare.len() < stem.len() && is_versioned(bare) {
        bare
    } else if stem.len() < name.len() && !is_versioned(stem) {
        name
    } else {
        stem
    };
    same(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_distribution_names_fall_into_families() {
        for (name, family) in [
            ("python3.11", "python"),
            ("python3", "python"),
            ("pypy3", "python"),
            ("perl5.36.0", "perl"),
            ("php8.1", "php"),
            ("ruby2.7", "ruby"),
            ("lua5.3", "lua"),
            ("node18", "node"),
            ("gcc-12", "gcc"),
            ("x86_64-linux-gnu-gcc-12", "gcc"),
            ("aarch64-linux-gnu-strip", "aarch64-linux-gnu-strip"),
            ("nc.openbsd", "nc"),
            ("busybox-i686", "busybox"),
            ("mawk", "awk"),
            ("7z", "7z"),
            ("runc", "runc"),
            (".runc", "runc"),
            ("runc:[1:CHILD]", "runc"),
            ("md5sum", "md5sum"),
            ("", ""),
            ("3", "3"),
        ] {
            assert_eq!(program_family(name), family, "{name}");
        }
        assert_eq!(base_name("/usr/bin/env"), "env");
        assert_eq!(base_name("-bash"), "bash");
        assert_eq!(base_name("/"), "");
    }
}
