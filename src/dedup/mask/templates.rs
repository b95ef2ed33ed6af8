//! Names that well-known programs make up: tables of how they begin, what is drawn and who draws it.
//!
//! A row is as good a sign as the program's own source: where it fits, a name is masked unless what stands for the
//! drawn part is a word. Somebody who wants a name of his own to be masked can only choose letters that say nothing.

use super::random;

/// What may follow a template's fixed beginning.
#[derive(Debug, Clone, Copy)]
pub(super) enum Filling {
    /// This many letters and digits (and `_`), as `mkstemp` and its kin draw them.
    Drawn(usize),
    /// A number of at least this many digits.
    Number(usize),
    /// Numbers of at least this many digits in all, with points, dashes or underscores between them.
    Numbers(usize),
    /// A number (a process id), a dash and this many letters and digits.
    Pid(usize),
}

type Row = (&'static str, Filling, &'static str);

use Filling::{Drawn, Number, Numbers, Pid};

/// In any directory: beginning, what is drawn, who does it.
#[rustfmt::skip]
const ANYWHERE: &[Row] = &[
    ("..20", Numbers(14), "kubelet's directory of a projected volume, by time of day"),
    ("GetImageBlob", Number(6), "Docker's download of a layer"),
    ("ansible-tmp-", Numbers(12), "Ansible's directory of one task, by time and pid"),
    ("apt-dpkg-install-", Drawn(6), "apt's directory of packages for one dpkg run"),
    ("containerd-mount", Number(6), "containerd's mount of a snapshot it looks at"),
    ("docker-builder", Number(6), "Docker's build context"),
    ("go-build", Number(6), "the Go command's work directory"),
    ("pty", Number(6), "containerd-shim's console socket directory"),
    ("runc-process", Number(6), "containerd-shim's process description for runc exec"),
    ("tmp.", Drawn(10), "mktemp"),
    ("tmp_idx_", Drawn(6), "git's new index of a pack"),
    ("tmp_obj_", Drawn(6), "git's new object"),
    ("tmp_pack_", Drawn(6), "git's new pack"),
];

/// The shortest name that a row of [`ANYWHERE`] fits.
const SHORTEST: usize = 9;

/// Below a temporary directory only: beginnings that other names share.
#[rustfmt::skip]
const TEMPORARY: &[Row] = &[
    (".attach_pid", Number(1), "Java's request to attach, by pid"),
    (".java_pid", Number(1), "Java's socket to attach, by pid"),
    (".tmp", Drawn(6), "Rust's tempfile"),
    ("_MEI", Drawn(6), "PyInstaller's unpacked program"),
    ("apt-key-gpghome.", Drawn(10), "apt-key's keyring"),
    ("apt.conf.", Drawn(6), "apt's configuration for its helpers"),
    ("apt.data.", Drawn(6), "apt's copy of a list whose signature it checks"),
    ("apt.sig.", Drawn(6), "apt's copy of a signature"),
    ("cargo-install", Drawn(6), "cargo's target directory"),
    ("cc", Drawn(6), "gcc's files between its passes"),
    ("crontab.", Drawn(6), "crontab -e's copy"),
    ("dracut.", Drawn(6), "dracut's work directory"),
    ("fileutl.message.", Drawn(6), "apt's copy of a signed list"),
    ("mkinitramfs_", Drawn(6), "mkinitramfs's work directory"),
    ("npm-", Pid(8), "npm's directory of one run"),
    ("php", Drawn(6), "PHP's upload"),
    ("pip-build-env-", Drawn(8), "pip's build environment"),
    ("pip-ephem-wheel-cache-", Drawn(8), "pip's cache of one run"),
    ("pip-install-", Drawn(8), "pip's work directory"),
    ("pip-modern-metadata-", Drawn(8), "pip's look at a package"),
    ("pip-req-build-", Drawn(8), "pip's copy of a package"),
    ("pip-uninstall-", Drawn(8), "pip's copy of what it removes"),
    ("pip-unpack-", Drawn(8), "pip's download"),
    ("pip-wheel-", Drawn(8), "pip's built wheel"),
    ("pymp-", Drawn(8), "Python's multiprocessing"),
    ("rpm-tmp.", Drawn(6), "rpm's scriptlet"),
    ("rustc", Drawn(6), "rustc's work directory"),
    ("sh-thd-", Number(6), "bash's here-document"),
    ("sh-thd.", Drawn(6), "bash's here-document"),
    ("sh-thd.", Number(6), "bash's here-document"),
    ("ssh-", Drawn(10), "ssh-agent's socket directory"),
    ("ssh-", Drawn(12), "ssh-agent's socket directory"),
    ("tmp", Drawn(8), "Python's tempfile"),
];

/// Among users' crontabs and jobs, where every other name says whose it is.
const JOBS: &[Row] = &[("tmp.", Drawn(6), "crontab's new file, before it gets its user's name")];

/// Which templates may fit where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere.
    Any,
    /// Below a temporary directory.
    Temporary,
    /// Among jobs that will run.
    Jobs,
}

/// How much of a name comes before its drawn part, and how long that is.
pub(super) fn drawn_part(name: &str, place: Place) -> Option<(usize, usize)> {
    let more: &[Row] = match place {
        Place::Any => &[],
        Place::Temporary => TEMPORARY,
        Place::Jobs => JOBS,
    };
    // Most names of most paths are plain words, and need not be held against every row.
    let plain = name.len() < SHORTEST || name.bytes().all(|b| b.is_ascii_lowercase());
    let anywhere = if plain { &[] } else { ANYWHERE };
    anywhere.iter().chain(more).find_map(|(begin, filling, _)| {
        let length = filled(name.strip_prefix(begin)?, *filling)?;
        Some((begin.len(), length))
    })
}

/// How much of the text is drawn, an ending with a point or dash apart.
fn filled(rest: &str, filling: Filling) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let ends = |at: usize| at == rest.len() || matches!(rest.as_bytes()[at], b'.' | b'-');
    match filling {
        Drawn(count) => {
            let text = rest.get(..count)?;
            let drawn = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            (drawn && ends(count) && !random::is_word(text)).then_some(count)
        }
        Number(least) => {
            let count = digits(rest);
            ((least..=20).contains(&count) && ends(count)).then_some(count)
        }
        Numbers(least) => {
            let numbers = rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'));
            (numbers && rest.bytes().filter(u8::is_ascii_digit).count() >= least).then_some(rest.len())
        }
        Pid(count) => {
            let pid = digits(rest);
            let drawn = rest[pid..].strip_prefix('-')?;
            let fits = (1..=10).contains(&pid) && drawn.len() == count;
            (fits && drawn.bytes().all(|b| b.is_ascii_alphanumeric()) && !random::is_word(drawn)).then_some(rest.len())
        }
    }
}

/// Numbers that a program gives to what it keeps in one directory: root, how the directory's name begins, how the
/// entry's name begins, the fewest digits after it, what they are.
#[rustfmt::skip]
const NUMBERED: &[(&str, &str, &str, usize, &str)] = &[
    ("/tmp/", "hsperfdata_", "", 1, "a Java process's counters, by pid"),
    ("/tmp/", "ssh-", "agent.", 1, "ssh-agent's socket, by pid"),
    ("/var/lib/pgsql/", "base", "", 5, "a database's directory, by an object number"),
    ("/var/lib/postgresql/", "base", "", 5, "a database's directory, by an object number"),
];

/// What comes before a number that a program gave to this entry of a directory.
pub(super) fn numbered<'a>(name: &'a str, directory: &str, path: &str) -> Option<&'a str> {
    // Nearly no entry of any directory ends in a digit.
    if !name.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    NUMBERED.iter().find_map(|(root, parent, begin, least, _)| {
        let number = name.strip_prefix(begin)?;
        let fits = (*least..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        // A directory with a fixed name is that name.
        let within = if *least < 5 { directory.starts_with(parent) } else { directory == *parent };
        (fits && within && path.starts_with(root)).then(|| &name[..begin.len()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(name: &str, place: Place) -> Option<String> {
        let (begin, length) = drawn_part(name, place)?;
        Some(format!("{}*{}", &name[..begin], &name[begin + length..]))
    }

    /// A name as the program of a row would draw it.
    fn drawn(filling: Filling) -> String {
        match filling {
            Drawn(count) => "aZ3kQ9xB2vWq"[..count].to_owned(),
            Number(least) => "1234567890"[..least].to_owned(),
            Numbers(_) => "24_06_01_11_12_13.123456789".to_owned(),
            Pid(count) => format!("77-{}", &"0f3e9a7b5c1d"[..count]),
        }
    }

    #[test]
    fn every_row_masks_what_is_drawn_and_no_word() {
        let rows = [(ANYWHERE, Place::Any), (TEMPORARY, Place::Temporary), (JOBS, Place::Jobs)];
        for (rows, place) in rows {
            for (begin, filling, who) in rows {
                let name = format!("{begin}{}", drawn(*filling));
                assert_eq!(masked(&name, place), Some(format!("{begin}*")), "{who}");
                for word in ["backup", "rootkits", "LogCleaner", "backdoor1234"] {
                    assert_eq!(masked(&format!("{begin}{word}"), place), None, "{who}");
                }
            }
        }
        assert_eq!(masked("tmpab12cd3f", Place::Any), None);
        assert_eq!(masked("ccAbCdE3.s", Place::Temporary).as_deref(), Some("cc*.s"));
        assert_eq!(masked("ccAbCdE3s", Place::Temporary), None);
    }

    #[test]
    fn numbers_are_known_by_the_directory_that_they_stand_in() {
        assert_eq!(numbered("12345", "hsperfdata_root", "/tmp/hsperfdata_root/12345"), Some(""));
        assert_eq!(numbered("agent.77", "ssh-aZ3kQ9xB2v", "/tmp/ssh-aZ3kQ9xB2v/agent.77"), Some("agent."));
        assert_eq!(numbered("16400", "base", "/var/lib/postgresql/data/base/16400"), Some(""));
        assert_eq!(numbered("1", "base", "/var/lib/postgresql/data/base/1"), None);
        assert_eq!(numbered("16400", "base", "/srv/base/16400"), None);
        assert_eq!(numbered("16400", "based", "/var/lib/postgresql/data/based/16400"), None);
    }
}
