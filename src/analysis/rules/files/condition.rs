//! Which macros a condition names, from its text alone.

use std::collections::BTreeMap;

/// The names in `condition` that are keys of `macros`: sorted, each once. Words that are compared
/// with (after an operator, or in the list after `in`) are values and no macros.
pub(super) fn macros_in(condition: &str, macros: &BTreeMap<String, String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut expects_value = false;
    let mut list_depth = 0_usize;
    let tokens = Tokens { rest: condition };
    for token in tokens {
        match token {
            Token::Open if expects_value || list_depth > 0 => {
                list_depth += 1;
                expects_value = false;
            }
            Token::Close => list_depth = list_depth.saturating_sub(1),
            Token::Operator => expects_value = true,
            Token::Word(word) if is_word_operator(word) => {
                expects_value = !word.eq_ignore_ascii_case("exists");
            }
            Token::Word(word) => {
                if !expects_value && list_depth == 0 && macros.contains_key(word) {
                    found.push(word.to_owned());
                }
                expects_value = false;
            }
            Token::Quoted => expects_value = false,
            Token::Open => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The comparison operators that are words (Falco's condition syntax).
fn is_word_operator(word: &str) -> bool {
    const OPERATORS: &[&str] = &[
        "bcontains",
        "bstartswith",
        "contains",
        "endswith",
        "exists",
        "glob",
        "icontains",
        "iglob",
        "in",
        "intersects",
        "pmatch",
        "regex",
        "startswith",
    ];
    OPERATORS.contains(&word)
}

enum Token<'a> {
    Open,
    Close,
    Operator,
    Quoted,
    Word(&'a str),
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self.rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
        let first = self.rest.chars().next()?;
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '=' | '!' | '<' | '>' => {
                let end = self.rest.find(|letter| !"=!<>".contains(letter));
                (Token::Operator, end.unwrap_or(self.rest.len()))
            }
            '"' | '\'' => (Token::Quoted, quoted_length(self.rest, first)),
            _ => {
                let end = self.rest.find(|letter: char| letter.is_whitespace() || "(),=!<>\"'".contains(letter));
                let length = end.unwrap_or(self.rest.len());
                (Token::Word(&self.rest[..length]), length)
            }
        };
        self.rest = &self.rest[length..];
        Some(token)
    }
}

/// The length in bytes of the quoted text at the start, its quotes included; backslashes escape.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return position + 1,
            _ => {}
        }
    }
    text.len()
}
