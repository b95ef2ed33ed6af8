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

/// Shells that take POSIX-like text with `-c`.
const SHELLS: &[&str] = &[
    "$0",
    "$BASH",
    "$SHELL",
    "${BASH}",
    "${SHELL}",
    "ash",
    "bash",
    "bash-static",
    "csh",
    "dash",
    "fish",
    "hush",
    "ksh",
    "ksh93",
    "lksh",
    "mksh",
    "pdksh",
    "posh",
    "rbash",
    "rksh",
    "rzsh",
    "sh",
    "static-sh",
    "tcsh",
    "yash",
    "zsh",
    "zsh-static",
];

/// Whether a base name is a shell's.
pub fn is_shell(name: &str) -> bool {
    SHELLS.binary_search(&name).is_ok()
}

/// Other names of a program.
const SAME: &[(&str, &str)] = &[
    (".runc", "runc"),
    ("gawk", "awk"),
    ("luajit", "lua"),
    ("mawk", "awk"),
    ("nawk", "awk"),
    ("nc.openbsd", "nc"),
    ("nc.traditional", "nc"),
    ("ncat", "nc"),
    ("netcat", "nc"),
    ("nodejs", "node"),
    ("original-awk", "awk"),
    ("pypy", "python"),
    ("vim.basic", "vim"),
    ("vim.tiny", "vim"),
];

/// Programs whose names carry versions.
const VERSIONED: &[&str] = &[
    "bash", "clang", "clang++", "cpp", "g++", "gawk", "gcc", "jruby", "ksh", "lua", "luajit", "node", "nodejs", "perl",
    "php", "pip", "pypy", "python", "ruby", "tclsh", "wish", "zsh",
];

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
    let stem = if bare.len() < stem.len() && VERSIONED.binary_search(&bare).is_ok() {
        bare
    } else if stem.len() < name.len() && VERSIONED.binary_search(&stem).is_err() {
        name
    } else {
        stem
    };
    match SAME.binary_search_by_key(&stem, |(alias, _)| alias) {
        Ok(at) => SAME[at].1,
        Err(_) => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(SHELLS.is_sorted());
        assert!(SAME.is_sorted());
        assert!(VERSIONED.is_sorted());
    }

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
