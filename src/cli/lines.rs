//! Lines of alerts from a file or standard input, as bytes: what a filter passes on must be what came in.

use anyhow::Context as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, stdin};
use std::path::Path;

/// The longest line that is read; a longer one is cut off there and said to be too long.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// Reads lines from a file, or from standard input for `-`.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    name: String,
    number: u64,
}

/// One line and where it stands.
pub(super) struct Line {
    /// The line, without its line end.
    pub(super) bytes: Vec<u8>,
    /// `FILE:NUMBER`, for messages.
    pub(super) place: String,
}

impl Line {
    /// The line as text; bytes that are no UTF-8 are replaced.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// True where there is nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

impl Lines {
    /// Opens the file.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { input: Box::new(BufReader::new(stdin())), name: "<stdin>".to_owned(), number: 0 });
        }
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { input: Box::new(BufReader::new(file)), name: path.display().to_string(), number: 0 })
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        let read = read.with_context(|| format!("cannot read {}", self.name))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if read as u64 == LONGEST_LINE {
            anyhow::bail!("{}:{}: the line is longer than {LONGEST_LINE} bytes", self.name, self.number);
        }
        Ok(Some(Line { bytes, place: format!("{}:{}", self.name, self.number) }))
    }
}
