//! Pieces of names that say something. Random-looking is what has no meaning; a name with one of these has, however odd
//! the rest of it: attackers name their tools like this, and like to write digits for letters.

/// Pieces, of lower-case letters, with what they are. Three letters stand in a name of eight drawn ones once in
/// thousands.
#[rustfmt::skip]
const PIECES: &[(&[&str], &str)] = &[
    (&["cve", "exp", "haxor", "lpe", "pwn", "rce", "sploit", "vuln", "xpl"], "ways in"),
    (&["door", "evil", "gafgyt", "hack", "hax", "kit", "root", "worm"], "what attackers call their programs"),
    (&["crypt", "kdevtmp", "mine", "xmr"], "miners and ransom"),
    (&["agent", "bash", "bind", "cmd", "exec", "load", "rev", "shell", "sh3"], "ways to run commands"),
    (&["admin", "cred", "ntlm", "pass", "priv", "pwd", "sudo", "suid", "user"], "rights and secrets"),
    (&["curl", "data", "dump", "nmap", "ping", "scan", "ssh", "web", "wget"], "ways out and around"),
    (&["perl", "php", "python", "tool"], "what a program is made with"),
    (&["conf", "file", "linux", "mem", "nuke", "proc"], "what a program works on"),
];

/// The letter that a digit stands for where somebody plays with them.
fn letter(b: u8) -> u8 {
    match b {
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        b'8' => b'b',
        _ => b.to_ascii_lowercase(),
    }
}

/// The text in lower case, with letters for the digits that look like them.
pub(super) fn spelled_out(text: &[u8]) -> Vec<u8> {
    text.iter().map(|b| letter(*b)).collect()
}

/// Whether every digit in the text looks like a letter.
pub(super) fn digits_are_letters(text: &[u8]) -> bool {
    text.iter().all(|b| !b.is_ascii_digit() || !letter(*b).is_ascii_digit())
}

/// Whether one of the pieces is in the text: in lower case, in upper case or capitalised, or, in a text of one case,
/// with digits for letters. Drawn letters seldom keep to one case for three in a row.
pub(super) fn says_something(text: &[u8]) -> bool {
    let one_case = !text.iter().any(u8::is_ascii_uppercase) || !text.iter().any(u8::is_ascii_lowercase);
    let spelled = if one_case { spelled_out(text) } else { Vec::new() };
    let is = |found: &[u8], piece: &[u8]| {
        let same_case = found[1..].iter().all(u8::is_ascii_lowercase) || found.iter().all(u8::is_ascii_uppercase);
        found.eq_ignore_ascii_case(piece) && same_case
    };
    let has = |piece: &[u8]| {
        text.windows(piece.len()).any(|found| is(found, piece))
            || spelled.windows(piece.len()).any(|found| found == piece)
    };
    PIECES.iter().any(|(pieces, _)| pieces.iter().any(|piece| has(piece.as_bytes())))
}

/// Whether a long number after this says something, unlike a time or a running number: that of a vulnerability, or a
/// day (`20240131`).
pub(super) fn numbers_mean(stem: &str, number: &str) -> bool {
    let vulnerability = stem.len() >= 3 && stem.as_bytes()[stem.len() - 3..].eq_ignore_ascii_case(b"cve");
    let part = |from: usize, to: usize| number.get(from..to).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let day = number.len() == 8
        && (1990..2100).contains(&part(0, 4))
        && (1..=12).contains(&part(4, 6))
        && (1..=31).contains(&part(6, 8));
    vulnerability || day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_in_any_spelling() {
        for name in
            ["EvilThing", "b4ckd00r", "r00tk1t", "xPWNx9", "cmdX64", "3xpl01tX", "sh3llz", "XMRigCC", "Log4Shell"]
        {
            assert!(says_something(name.as_bytes()), "{name}");
        }
        for name in ["aZ3kQ9xB", "qX7fLm2P", "toboVie8", "cmD50B0E", "aW3bARiX"] {
            assert!(!says_something(name.as_bytes()), "{name}");
        }
        assert!(numbers_mean("CVE", "20214034") && numbers_mean("acve", "123456") && numbers_mean("", "20240131"));
        assert!(!numbers_mean("run", "123456") && !numbers_mean("", "20241301") && !numbers_mean("", "99999999"));
    }
}
