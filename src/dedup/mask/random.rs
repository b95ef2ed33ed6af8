//! Whether a name was made up by a program (`mkstemp`, a run's number) or by a person.

/// The shortest text that is judged.
const SHORTEST: usize = 6;
/// The longest: a longer text carries more than a name.
const LONGEST: usize = 48;

/// For each letter the letters that follow it in words and program names, as bits from `a`: the 239 pairs of 676 that
/// make up 94 of 100 pairs there. Of random pairs they are 35 of 100.
const FOLLOWS: [u32; 26] = [
    20_887_886, 9_718_033, 18_763_157, 1_491_225, 32_422_015, 18_737, 33_958_229, 1_065_233, 36_632_703, 16_384,
    1_310_993, 18_663_705, 1_366_299, 3_957_117, 25_098_575, 18_794_905, 1_048_576, 20_862_301, 18_663_829, 22_989_205,
    964_894, 4_369, 16_385, 557_056, 299_008, 16,
];

fn follows(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase() - b'a', b.to_ascii_lowercase() - b'a');
    FOLLOWS[usize::from(a)] & (1 << b) != 0
}

/// Whether a word of letters and digits looks random. Words, words with a number, and CamelCase do not.
pub(super) fn looks_random(token: &str) -> bool {
    let bytes = token.as_bytes();
    if !(SHORTEST..=LONGEST).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    surprise(bytes) >= 5 || mixed(bytes) || drawn(bytes)
}

/// Whether a text is more than one word or number, as what follows a log's name when somebody puts it aside is not
/// (`old`, `Backup2`, `20240101`).
pub(super) fn no_word(token: &str) -> bool {
    let bytes = token.as_bytes();
    let stem = token.trim_end_matches(|c: char| c.is_ascii_digit()).as_bytes();
    let word = stem.iter().all(u8::is_ascii_uppercase) || stem.iter().skip(1).all(u8::is_ascii_lowercase);
    (SHORTEST..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_alphanumeric) && !word
}

/// Lengths in which programs draw names from letters of both cases and digits.
const LENGTHS: &[usize] = &[6, 8, 10, 12, 16];

/// Whether it has the length of a drawn name, upper case among the rest, and is not made of words.
fn drawn(bytes: &[u8]) -> bool {
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    if !LENGTHS.contains(&bytes.len()) || !upper {
        return false;
    }
    let stem = bytes.len() - bytes.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let inner = bytes[..stem].iter().any(u8::is_ascii_digit);
    if lower { inner || !made_of_words(&bytes[..stem]) } else { inner && bytes.len() >= 8 }
}

/// Whether letters are words or acronyms of three letters and more on average, and no acronym has more than four.
fn made_of_words(letters: &[u8]) -> bool {
    let (mut pieces, mut acronym) = (0, 0);
    for (at, b) in letters.iter().enumerate() {
        let after = letters.get(at + 1);
        if b.is_ascii_lowercase() {
            // A lower-case letter goes on with the word before it, or begins the first.
            pieces += usize::from(at == 0);
            acronym = 0;
        } else if after.is_some_and(u8::is_ascii_lowercase) {
            pieces += 1;
            acronym = 0;
        } else {
            pieces += usize::from(acronym == 0);
            acronym += 1;
            if acronym > 4 {
                return false;
            }
        }
    }
    letters.len() >= 3 * pieces
}

/// How unlike words it is: rare pairs, and changes between letters, cases and digits, against usual pairs.
fn surprise(bytes: &[u8]) -> i32 {
    let pair = |pair: &[u8]| {
        let [a, b] = *pair else { return 0 };
        match (a.is_ascii_digit(), b.is_ascii_digit()) {
            (true, true) => -1,
            (true, false) | (false, true) => 2,
            _ if a.is_ascii_lowercase() && b.is_ascii_uppercase() => 2,
            _ if follows(a, b) => {
                if a.is_ascii_uppercase() && b.is_ascii_lowercase() {
                    0
                } else {
                    -2
                }
            }
            _ => 2,
        }
    };
    bytes.windows(2).map(pair).sum()
}

/// Whether upper and lower case alternate faster than CamelCase does.
fn mixed(bytes: &[u8]) -> bool {
    let upper = bytes.iter().filter(|b| b.is_ascii_uppercase()).count();
    let lower = bytes.iter().filter(|b| b.is_ascii_lowercase()).count();
    if upper == 0 || lower == 0 {
        return false;
    }
    let (mut humps, mut numbers, mut before) = (0, 0, b' ');
    for &b in bytes {
        let joins = match b {
            b'0'..=b'9' => before.is_ascii_digit(),
            b'A'..=b'Z' => before.is_ascii_uppercase(),
            _ => before.is_ascii_alphabetic(),
        };
        if !joins {
            *if b.is_ascii_digit() { &mut numbers } else { &mut humps } += 1;
        }
        before = b;
    }
    // Letters per hump below 2.7, as a fraction.
    (humps >= 3 && (upper + lower) * 10 < humps * 27) || (numbers >= 2 && humps >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_give_are_not_random() {
        for name in [
            "xmrig",
            "kdevtmpfsi",
            "kinsing",
            "payload2",
            "install1",
            "rootkit64",
            "exploit2024",
            "linpeas64",
            "MyTool",
            "meterpreter",
            "revshell1",
            "backdoor443",
            "sysupdate",
            "kthreadd0",
            "dirtypipe",
            "libproc2",
            "busybox1",
            "update",
            "SystemD",
            "C2agent",
            "passwd",
            "shadow",
            "authorized",
            "sha256sum",
            "stage2",
            "12345678",
        ] {
            assert!(!looks_random(name), "{name}");
        }
    }

    #[test]
    fn names_that_programs_draw_are_random() {
        for name in ["aZ3kQ9xB", "qX7fLm2P", "Zk29dJq1", "xkqzvbwq", "a8f3k2q9", "0Yt5gH7uKd"] {
            assert!(looks_random(name), "{name}");
        }
    }
}
