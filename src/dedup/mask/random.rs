//! Whether a name was made up by a program (`mkstemp`, a run's number) or by a person.

use super::words;

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

/// Whether a word of letters and digits looks random, wherever it stands. Words, words with a number, CamelCase and
/// names with a meaning do not.
pub(super) fn looks_random(token: &str) -> bool {
    let bytes = token.as_bytes();
    if !(SHORTEST..=LONGEST).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let odd = surprise(bytes) >= 5 || mixed(bytes) || drawn(bytes) || unpronounceable(bytes);
    odd && !words::says_something(bytes) && !plays_with_digits(bytes)
}

/// Whether a text that stands where a program draws one was drawn: unless it is a word or a number.
pub(super) fn is_drawn(token: &str) -> bool {
    let bytes = token.as_bytes();
    let plain = (SHORTEST..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_alphanumeric);
    plain && !bytes.iter().all(u8::is_ascii_digit) && !is_word(token)
}

/// Whether a text is one word or a few in CamelCase, with or without a number after it, or says something.
pub(super) fn is_word(token: &str) -> bool {
    let bytes = token.as_bytes();
    let stem = without_number(bytes);
    let one_case = stem.iter().all(u8::is_ascii_uppercase) || stem.iter().skip(1).all(u8::is_ascii_lowercase);
    let (rare, pairs) = rare_pairs(stem);
    let letters = stem.iter().all(u8::is_ascii_alphabetic);
    let spoken = letters && if one_case { rare * 4 <= pairs } else { rare == 0 && shortest_hump(stem) >= 3 };
    !stem.is_empty() && (spoken || words::says_something(bytes))
}

/// What stands before the digits at the end.
fn without_number(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
    &bytes[..end]
}

/// Whether a word is spelled with digits for letters: one case, more letters than digits, no other digits but at its
/// end, and pronounceable once all are letters.
fn plays_with_digits(bytes: &[u8]) -> bool {
    let stem = without_number(bytes);
    let one_case = !bytes.iter().any(u8::is_ascii_uppercase) || !bytes.iter().any(u8::is_ascii_lowercase);
    let digits = stem.iter().filter(|b| b.is_ascii_digit()).count();
    if !one_case || digits == 0 || digits * 2 >= stem.len() || !words::digits_are_letters(stem) {
        return false;
    }
    let (rare, pairs) = rare_pairs(&words::spelled_out(stem));
    rare * 5 <= pairs
}

/// Pairs of letters within a word that words seldom have, and all such pairs.
fn rare_pairs(bytes: &[u8]) -> (usize, usize) {
    let (mut rare, mut pairs) = (0, 0);
    for pair in bytes.windows(2) {
        let [a, b] = *pair else { continue };
        let hump = a.is_ascii_lowercase() && b.is_ascii_uppercase();
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !hump {
            pairs += 1;
            rare += usize::from(!follows(a, b));
        }
    }
    (rare, pairs)
}

/// Whether a name has the length of a drawn one and its letters make no words: two rare pairs or more, and in
/// CamelCase either most pairs or a hump too short for a word.
fn unpronounceable(bytes: &[u8]) -> bool {
    let stem = without_number(bytes);
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    let inner = stem.iter().any(u8::is_ascii_digit);
    let (rare, pairs) = rare_pairs(bytes);
    if !LENGTHS.contains(&bytes.len()) || rare < 2 {
        return false;
    }
    if !upper || !lower {
        return inner;
    }
    if !inner && stem.iter().skip(1).all(u8::is_ascii_lowercase) {
        return rare >= 3 && rare * 2 > pairs && stem.len() == bytes.len();
    }
    rare * 2 >= pairs || shortest_hump(stem) < 3
}

/// The letters of the shortest run of upper-case letters, or of lower-case ones with one before them.
fn shortest_hump(letters: &[u8]) -> usize {
    let (mut shortest, mut length) = (usize::MAX, 0);
    for (at, b) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b' ', |at| letters[at]);
        let after = letters.get(at + 1).copied().unwrap_or(b' ');
        let begins = if b.is_ascii_uppercase() {
            !before.is_ascii_uppercase() || after.is_ascii_lowercase()
        } else {
            b.is_ascii_digit() != before.is_ascii_digit()
        };
        if begins {
            if length > 0 {
                shortest = shortest.min(length);
            }
            length = 0;
        }
        length += usize::from(b.is_ascii_alphabetic());
    }
    if length > 0 { shortest.min(length) } else { shortest }
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
    let stem = without_number(bytes);
    let inner = stem.iter().any(u8::is_ascii_digit);
    if lower { inner || !made_of_words(stem) } else { inner && bytes.len() >= 8 }
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
            "b4ckd00r",
            "p4yl04d",
            "r00tk1t",
            "gafgyt",
            "Linux32Exp",
            "PwnKit",
            "DirtyCow",
            "LinPEAS",
            "EvilPayload",
            "SSHDoor",
            "log4shell",
            "pwn3dshell",
            "memfdX",
        ] {
            assert!(!looks_random(name), "{name}");
        }
    }

    #[test]
    fn names_that_programs_draw_are_random() {
        for name in ["aZ3kQ9xB", "qX7fLm2P", "Zk29dJq1", "xkqzvbwq", "a8f3k2q9", "0Yt5gH7uKd", "qmzpux1r", "QzqxLemb"] {
            assert!(looks_random(name), "{name}");
        }
    }

    /// Of names that programs draw, most are known, and the rest are groups of their own.
    #[test]
    fn of_drawn_names_most_are_known() {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        for (length, least) in [(6, 930), (8, 980), (10, 985)] {
            let names = (0..1000_u32).map(|n| {
                let hash = blake3::hash(&[&n.to_le_bytes()[..], &[length]].concat());
                let bytes = &hash.as_bytes()[..usize::from(length)];
                bytes.iter().map(|b| LETTERS[usize::from(*b) % LETTERS.len()] as char).collect::<String>()
            });
            let known = names.filter(|name| looks_random(name)).count();
            assert!(known >= least, "{known} of 1000 names of {length} letters");
        }
    }

    #[test]
    fn words_are_words_in_any_dress_and_drawn_names_are_none() {
        for word in
            ["backup", "Backup2", "BACKUP", "old", "EvilPayload", "OtherThing", "backdoor12", "rootkits", "r00tk1t"]
        {
            assert!(is_word(word), "{word}");
        }
        for name in ["AbCdE1", "Zk29dJ", "ab12cd3f", "zz9x8qk1", "9QwErTyUiO", "abmzqr"] {
            assert!(!is_word(name) && is_drawn(name), "{name}");
        }
        assert!(!is_drawn("20240101") && !is_drawn("old"));
    }
}
